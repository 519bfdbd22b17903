import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_CHARACTERS = 8;

/** Secrets at rest: the first key seals, all of them open. 32 bytes each. */
export interface Seal {
  /** Seals a text for one context: in another it does not open. */
  seal(text: string, context: string): string;
  /** The text; undefined if it was not sealed for this context by one of the keys. */
  open(sealed: string, context: string): string | undefined;
}

/** AES-256-GCM (NIST SP 800-38D) with a random nonce each; the context is authenticated with it. */
export function createSeal(keys: readonly Uint8Array[]): Seal {
  const [first] = keys;
  if (first === undefined) throw new TypeError('there is no key to seal with');
  for (const key of keys) if (key.length !== 32) throw new TypeError('a key to seal with has 32 bytes');
  const byId = new Map(keys.map((key) => [idOf(key), key]));
  return {
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, first, nonce).setAAD(Buffer.from(context));
      const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${idOf(first)}.${Buffer.concat([nonce, cipher.getAuthTag(), bytes]).toString('base64url')}`;
    },
    open(sealed, context) {
      const key = byId.get(sealed.slice(0, ID_CHARACTERS));
      const bytes = Buffer.from(sealed.slice(ID_CHARACTERS + 1), 'base64url');
      if (key === undefined || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const tagEnd = NONCE_BYTES + TAG_BYTES;
      try {
        const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(context))
          .setAuthTag(bytes.subarray(NONCE_BYTES, tagEnd));
        return decipher.update(bytes.subarray(tagEnd), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/** Identifies a key without revealing it. */
function idOf(key: Uint8Array): string {
  return createHash('sha256').update('seal').update(key).digest('hex').slice(0, ID_CHARACTERS);
}
