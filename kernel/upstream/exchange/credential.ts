/** Gives a bearer token; called with one that was refused, it gives another if there is one. Throws CallErrors. */
export type TokenSource = (refused?: string) => Promise<string>;

/** How we authenticate at one upstream. Its secrets go only to that upstream, or to their issuer. */
export interface Credential {
  /** A header field for every request that has no field of that name: the name in lower case, and the value. */
  readonly field?: readonly [name: string, value: string];
  /** Our own token, for calls that carry no user's. */
  readonly own?: TokenSource;
  /** Exchanges a user's token for the one that goes upstream; `who` identifies the user's credential. */
  readonly exchange?: (who: string, users: TokenSource) => TokenSource;
}

/** The files of a TLS client (PEM), as they are now: the same object until one of them changes. */
export interface TlsIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The authorities that we trust; by default those of Node. */
  readonly ca: Buffer | undefined;
}
