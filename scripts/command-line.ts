import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/** What a command takes, besides `--help`. */
interface Command<O extends Options> {
  /** How it is called, a line for each way. */
  readonly usage: string;
  readonly options: O;
  /** The most words that it takes. */
  readonly words: number;
}

/** A command line as it was read, or the one line that says what is wrong with it. */
export type Read<O extends Options> =
  | ({ readonly kind: 'read' } & Parsed<O>)
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly why: string };

/** What this process was called with. Where help was asked for, or nothing known, it says so and ends: with 0 or 2. */
export function commandLine<const O extends Options>(command: Command<O>): Parsed<O> {
  const read = readCommandLine(command, process.argv.slice(2));
  if (read.kind === 'read') return read;
  if (read.kind === 'help') process.stdout.write(command.usage);
  else process.stderr.write(`${read.why}\n`);
  process.exit(read.kind === 'help' ? 0 : 2);
}

export function readCommandLine<const O extends Options>(
  { options, words }: Omit<Command<O>, 'usage'>,
  args: readonly string[],
): Read<O> {
  try {
    const parsed = parseArgs({ args: [...args], options: { ...options, ...HELP }, allowPositionals: true });
    if ((parsed.values as { help?: boolean }).help) return { kind: 'help' };
    const [surplus] = parsed.positionals.slice(words);
    if (surplus === undefined) return { kind: 'read', ...(parsed as unknown as Parsed<O>) };
    return { kind: 'wrong', why: `"${surplus}" is one word too many. ${known(options)}` };
  } catch (error) {
    // What follows is advice on a -- of which npm takes one away.
    const [why = ''] = (error as Error).message.split(/\.?(?: To |\n)/);
    return { kind: 'wrong', why: `${why.replace(/\.$/, '')}. ${known(options)}` };
  }
}

const HELP = { help: { type: 'boolean', short: 'h' } } as const;

/** `It takes --short, --root <…> and --help.` */
function known(options: Options): string {
  const names = Object.entries(options).map(([name, { type }]) => `--${name}${type === 'string' ? ' <…>' : ''}`);
  return `It takes ${names.join(', ')}${names.length > 0 ? ' and ' : ''}--help.`;
}
