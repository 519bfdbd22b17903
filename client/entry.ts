/** One operation, as a client sees it. */
export interface Entry {
  /** Path and query, flat. */
  readonly input: object;
  /** The body; undefined if there is none. */
  readonly body: unknown;
  /** What comes back, by status. */
  readonly views: object;
  /** What may be asked for alone by `?parts=`; never where there are none. */
  readonly parts: string;
  /** Whether the write names the version that it changes. */
  readonly match: boolean;
  /** The codes of the problems that it knows by name; others may come. */
  readonly codes: string;
}

/** Operations by their addresses: `GET /api/products/{id}`. */
export type ApiMap = Readonly<Record<string, Entry>>;

/** How a request is made, besides its input. */
export type OptionsOf<E extends Entry> = {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** A shorter deadline than the server's own, in milliseconds. */
  readonly deadline?: number;
  /** The name of the intention; one is made for every write that is given none. */
  readonly key?: string;
} & ([E['parts']] extends [never] ? unknown : { readonly parts?: readonly E['parts'][] }) &
  (undefined extends E['body'] ? unknown : { readonly body: E['body'] }) &
  (E['match'] extends true
    ? {
        /** The ETag of the version to change. */
        readonly match: string;
      }
    : unknown);

/** Input and options, each of which may be left out if it has no required member. */
export type Given<E extends Entry> =
  Record<never, never> extends OptionsOf<E>
    ? Record<never, never> extends E['input']
      ? [input?: E['input'], options?: OptionsOf<E>]
      : [input: E['input'], options?: OptionsOf<E>]
    : [input: E['input'], options: OptionsOf<E>];
