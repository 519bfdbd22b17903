import type { parseArgs } from 'node:util';
import { readCommandLine } from '../command-line.ts';
import type { Marks } from './shapes/marks.ts';

/** The command line's arguments. */
export type Request =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly why: string }
  | UpstreamRequest
  /** Another answer of an upstream that is there. */
  | { readonly kind: 'sample'; readonly name: string; readonly files: readonly string[]; readonly marks: Marks }
  | { readonly kind: 'screen'; readonly name: string }
  /** `from`: an upstream, or one call of it. */
  | { readonly kind: 'endpoint'; readonly name: string; readonly from: string | undefined };

export interface UpstreamRequest {
  readonly kind: 'upstream';
  readonly name: string;
  /** Files, or - for stdin. */
  readonly samples: readonly string[];
  readonly document: { readonly file: string; readonly operation: string } | undefined;
  /** Files: a GraphQL document, and values for its variables. */
  readonly graphql: { readonly file: string; readonly variables: string | undefined } | undefined;
  readonly live: { readonly url: string; readonly headers: readonly string[] } | undefined;
  readonly path: string | undefined;
  readonly marks: Marks;
}

export const USAGE = `npm run new upstream <name> -- --sample <file.json>   an upstream, from answers of it that you have
    --sample <file>  again for each further answer of the same call; - comes in by stdin
    --openapi <file> --operation <id>   from a document (3.0, 3.1); where samples disagree with it, they win
    --graphql <file> [--variables <file>]   it answers to this query; samples are whole answers, with their data
    --url <url> [--header 'name: value']…   asks for a sample; neither is written down
    --path <path>    what the upstream is asked for, 'products/{id}' too; not said, the file's name: points.json is GET points
    --required <member>   it is in every answer; what is not marked so may be missing or null
    --time <member>       it is the time that it looks like, and the schema holds it to that
    --map <member>        its keys are data; ids, numbers, dates and currencies are known to be
npm run new sample <upstream> <file.json>             widens what there is by another answer, and says by what
npm run new endpoint <name>                           GET /api/<name>, with one section to begin with
    --from <upstream>[.<call>]   what fills it; not said, the upstream with which the name begins
npm run new screen <name>                             a page over an endpoint, /<name>: all that it says, to begin with

The first sample becomes the mock's answer and stands in the repository. What looks like a secret or like personal data
is masked in it, left out of views, and named: look over it all the same. docs/generator.md has the rest.
Nothing is ever written over, and either everything is written or nothing.
`;

const many = { type: 'string', multiple: true } as const;
const OPTIONS = {
  sample: many,
  openapi: { type: 'string' },
  operation: { type: 'string' },
  graphql: { type: 'string' },
  variables: { type: 'string' },
  url: { type: 'string' },
  header: many,
  path: { type: 'string' },
  required: many,
  time: many,
  map: many,
  from: { type: 'string' },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>['values'];

export function readRequest(args: readonly string[]): Request {
  const line = readCommandLine({ options: OPTIONS, words: Number.POSITIVE_INFINITY }, args);
  return line.kind === 'read' ? requestOf(line.values, line.positionals) : line;
}

/** The options that each kind takes. */
const TAKEN: Readonly<Record<string, readonly (keyof Values)[]>> = {
  upstream: [
    'sample',
    'openapi',
    'operation',
    'graphql',
    'variables',
    'url',
    'header',
    'path',
    'required',
    'time',
    'map',
  ],
  sample: ['sample', 'required', 'time', 'map'],
  endpoint: ['from'],
  screen: [],
};

function requestOf(values: Values, positionals: readonly string[]): Request {
  // Without a -- before them npm takes the options for its own, and leaves us their values.
  const [kind = '', name, value, ...more] = positionals;
  const taken = TAKEN[kind];
  if (name === undefined) return wrong('It takes a kind and a name; options stand behind a --.');
  const strange = Object.keys(values).find((option) => !taken?.includes(option as keyof Values));
  if (taken === undefined || strange !== undefined)
    return wrong(
      `It makes an upstream of a sample, an endpoint from an upstream, or a screen of an endpoint, and no ${kind}${taken ? '' : ' of this'}${strange ? ` with --${strange}` : ''}.`,
    );
  if (kind !== 'sample' && more.length > 0) return wrong('It takes a kind and a name; options stand behind a --.');
  if (kind === 'screen')
    return value === undefined ? { kind, name } : wrong('A screen takes the name of an endpoint, and nothing else.');
  if (kind === 'endpoint') return { kind, name, from: values.from ?? value };
  const samples = [...(values.sample ?? []), ...(value === undefined ? [] : [value]), ...more];
  const marks = { required: values.required ?? [], time: values.time ?? [], map: values.map ?? [] };
  if (kind === 'sample')
    return samples.length === 0
      ? wrong('Say which sample: npm run new sample <upstream> <file.json>.')
      : { kind, name, files: samples, marks };
  return upstreamRequest(name, samples, values, marks);
}

function upstreamRequest(
  name: string,
  samples: readonly string[],
  { openapi, operation, graphql, variables, url, header = [], path }: Values,
  marks: Marks,
): Request {
  if ((openapi === undefined) !== (operation === undefined))
    return wrong('A document and one of its operations go together: --openapi <file> --operation <id>.');
  if (header.length > 0 && url === undefined) return wrong('Headers are for what is asked for by --url.');
  if (samples.length === 0 && openapi === undefined && url === undefined)
    return wrong('An upstream wants a sample: --sample <file.json>, or - for stdin; or --openapi, or --url.');
  if (graphql !== undefined && (samples.length === 0 || openapi !== undefined || url !== undefined))
    return wrong('A query goes with answers to it: --graphql <file> --sample <file.json>, and no other source.');
  if (variables !== undefined && graphql === undefined) return wrong('Variables are for a query: --graphql <file>.');
  const document = openapi !== undefined && operation !== undefined ? { file: openapi, operation } : undefined;
  return {
    kind: 'upstream',
    name,
    samples,
    document,
    graphql: graphql === undefined ? undefined : { file: graphql, variables },
    live: url === undefined ? undefined : { url, headers: header },
    path,
    marks,
  };
}

const wrong = (why: string): Request => ({ kind: 'wrong', why });
