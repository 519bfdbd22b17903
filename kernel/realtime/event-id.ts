import { createCipheriv, createDecipheriv } from 'node:crypto';

const BLOCK = 16;
const POSITION_BYTES = 6;
const ID = /^[\w-]{22}$/;

/**
 * A position in the log as clients get it: one block under the store's own key. A guessed id is invalid, two ids do not
 * show how much was published to others in between, and ids of another store do not open.
 */
export function sealPosition(key: Uint8Array, position: number): string {
  const block = Buffer.alloc(BLOCK);
  block.writeUIntBE(position, BLOCK - POSITION_BYTES, POSITION_BYTES);
  return createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(block).toString('base64url');
}

/** The position in an id, or undefined where it is none of ours: whatever a client sends as Last-Event-ID. */
export function openPosition(key: Uint8Array, id: string): number | undefined {
  if (!ID.test(id)) return undefined;
  const cipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  const block = cipher.update(Buffer.from(id, 'base64url'));
  // Ten bytes of nothing: one forged id in 2^80 would have them.
  if (block.subarray(0, BLOCK - POSITION_BYTES).some((byte) => byte !== 0)) return undefined;
  return block.readUIntBE(BLOCK - POSITION_BYTES, POSITION_BYTES);
}
