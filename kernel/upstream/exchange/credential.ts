/** Gives a bearer token; called with one that was refused, it gives another if there is one. Throws CallErrors. */
export type TokenSource = (refused?: string) => Promise<string>;

/** How one upstream is told who we are. What is in it never leaves but to its upstream, or to whom it has it from. */
export interface Credential {
  /** A field of every request that has none of its name: the name in lower case, and the value. */
  readonly field?: readonly [name: string, value: string];
  /** The token of calls that carry no user's own. */
  readonly own?: TokenSource;
  /** What goes upstream in the place of a user's own token; `who` tells one user's credential from every other. */
  readonly exchange?: (who: string, users: TokenSource) => TokenSource;
}

/** The files of a TLS client (PEM), as they are now: the same object until one of them changes. */
export interface TlsIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Whom we trust; those that Node trusts if not given. */
  readonly ca: Buffer | undefined;
}
