const LARGEST_BLOCK = 65_536;
const SMALLEST_BLOCK = 1_024;

/**
 * The bytes of a body, or undefined as soon as there are more than `limit`. It never closes the source, so that a host
 * can still answer 413 on the connection before it ends it; errors of the source are rethrown. Chunks are copied
 * together: each one stored would cost a hundred bytes more, and hold the buffer that it was cut from.
 */
export async function readBytes(source: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array | undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const { done, value: first } = await iterator.next();
  if (done) return new Uint8Array();
  let length = first.byteLength;
  if (length > limit) return undefined;
  let next = await iterator.next();
  if (next.done) return first;
  const blocks: Uint8Array[] = [Buffer.from(first)];
  // How much of the last block is filled.
  let filled = length;
  for (; !next.done; next = await iterator.next()) {
    const chunk = next.value;
    if (length + chunk.byteLength > limit) return undefined;
    for (let at = 0; at < chunk.byteLength; ) {
      let block = blocks.at(-1) as Uint8Array;
      if (filled === block.byteLength) {
        block = Buffer.allocUnsafe(Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, length)));
        blocks.push(block);
        filled = 0;
      }
      const part = chunk.subarray(at, at + block.byteLength - filled);
      block.set(part, filled);
      at += part.byteLength;
      filled += part.byteLength;
      length += part.byteLength;
    }
  }
  return Buffer.concat(blocks, length);
}
