/**
 * The bytes of a body, or undefined as soon as there are more than `limit`. It never closes the source, so that a host can
 * still answer 413 on the connection before it ends it; whatever the source throws is thrown on.
 */
export async function readBytes(source: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array | undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await iterator.next();
    if (done) return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
    length += value.byteLength;
    if (length > limit) return undefined;
    chunks.push(value);
  }
}
