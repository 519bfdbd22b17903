/** Says whether the sender has signed these bytes. It returns nothing else, so that a forger learns nothing from us. */
export type Verify = (
  headers: Readonly<Record<string, string | undefined>>,
  body: Uint8Array,
) => boolean | Promise<boolean>;

/** Says by the headers alone whether there can be a signature at all, so that else no byte of the body is read. */
export type Plausible = (headers: Readonly<Record<string, string | undefined>>) => boolean;

/** The proof that stands in for a cookie or a bearer, where another server sends and not a user. */
export interface Signed {
  readonly kind: 'signed';
  readonly plausible: Plausible;
  readonly verify: Verify;
}

/** What a request shows of its sender, if that is no user of the identity provider. */
export interface OperatorCredentials {
  readonly host: string | undefined;
  /** The client's IP address, as far as it can be believed. */
  readonly address: string;
  /** Set where a proxy may hide who it is: then the address is the proxy's. */
  readonly hidden?: true | undefined;
  readonly authorization: string | undefined;
  /** The value of the guard's cookie. */
  readonly pass: string | undefined;
}

/**
 * What the sender gets: `absent` looks as if there were nothing, `locked` wants a proof first, `ended` as well, but its
 * proof was right until its time was over.
 */
export type Access = 'absent' | 'locked' | 'ended' | 'open';

/** Lets in the operators of this server and no other sender. The answer is never cached and can't be watched. */
export interface OperatorGuard {
  readonly kind: 'operator';
  /** The base name of the cookie that opens it. */
  readonly cookie: string;
  readonly accessOf: (asked: OperatorCredentials) => Access;
}

export type Guard = Signed | OperatorGuard;

/**
 * A raw body that its sender has signed: `plausible` gets the contract's headers before the body is read, `verify` the
 * bytes as they came too. Else 401.
 */
export const signed = (verify: Verify, plausible: Plausible = () => true): Signed => ({
  kind: 'signed',
  plausible,
  verify,
});

/** `locked` and `ended` are answered with 401, `absent` as any address without an operation. */
export const operatorGuard = (cookie: string, accessOf: OperatorGuard['accessOf']): OperatorGuard => ({
  kind: 'operator',
  cookie,
  accessOf,
});
