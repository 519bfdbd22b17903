import { parseArgs } from 'node:util';

/** The command line's arguments. */
export type Request =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly why: string }
  /** `sample`: a file, or - for stdin. */
  | { readonly kind: 'upstream'; readonly name: string; readonly sample: string; readonly path: string | undefined }
  /** `from`: an upstream, or one call of it. */
  | { readonly kind: 'endpoint'; readonly name: string; readonly from: string | undefined };

export const USAGE = `npm run new upstream <name> -- --sample <file.json>   an upstream, from an answer of it that you have
    --sample -       the sample comes in by stdin
    --path <path>    what the upstream is asked for; not said, the file's name: points.json is GET points
npm run new endpoint <name>                           GET /api/<name>, with one section to begin with
    --from <upstream>[.<call>]   what fills it; not said, the upstream with which the name begins

The sample becomes the mock's answer and stands in the repository: nothing of a real customer, no secrets.
Nothing is ever written over, and either everything is written or nothing.
`;

const OPTIONS = {
  sample: { type: 'string' },
  path: { type: 'string' },
  from: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export function readRequest(args: readonly string[]): Request {
  try {
    return requestOf(parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true }));
  } catch (error) {
    return wrong((error as Error).message);
  }
}

function requestOf({
  values: { sample, path, from, help },
  positionals,
}: ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>): Request {
  if (help) return { kind: 'help' };
  // Without a -- before them npm takes the options for its own, and leaves us their values.
  const [kind, name, value, ...more] = positionals;
  if (name === undefined || more.length > 0) return wrong('It takes a kind and a name; options stand behind a --.');
  if (kind === 'upstream' && from === undefined) {
    const file = sample ?? value;
    if (file === undefined) return wrong('An upstream wants a sample: --sample <file.json>, or - for stdin.');
    return { kind, name, sample: file, path };
  }
  if (kind === 'endpoint' && sample === undefined && path === undefined) return { kind, name, from: from ?? value };
  return wrong(`It makes an upstream of a sample, or an endpoint from an upstream, and no ${kind} of this.`);
}

const wrong = (why: string): Request => ({ kind: 'wrong', why });
