/** Says whether the sender has signed these bytes. It tells nothing else: whoever guesses learns nothing from us. */
export type Verify = (
  headers: Readonly<Record<string, string | undefined>>,
  body: Uint8Array,
) => boolean | Promise<boolean>;

/** The proof that stands in for a cookie or a bearer, where another server sends and not a user. */
export interface Guard {
  readonly kind: 'signed';
  readonly verify: Verify;
}

/** A raw body that its sender has signed: `verify` gets the contract's headers and the bytes as they came. Else 401. */
export const signed = (verify: Verify): Guard => ({ kind: 'signed', verify });
