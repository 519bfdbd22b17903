const END_OF_HEAD = '\r\n\r\n';

/**
 * What an answer came to, in words: `whole`, `partial rating=missing;reason=open`, `503 overloaded`. A 503 that does not
 * say when to come back, or is no problem document, is `ill told`.
 */
export function outcomeOf(status: number, bytes: Buffer): string {
  const head = bytes.toString('latin1', 0, bytes.indexOf(END_OF_HEAD) + 2);
  const field = (name: string) => new RegExp(`\r\n${name}: *([^\r\n]*)`, 'i').exec(head)?.[1];
  if (status === 200) {
    const sections = field('section-status');
    return sections === undefined ? 'whole' : `partial ${sections.replace(/;since=@\d+/g, '')}`;
  }
  const code = /"code":"([\w-]+)"/.exec(bytes.toString('latin1', head.length))?.[1] ?? 'without a code';
  const isTold = field('retry-after') !== undefined && field('content-type') === 'application/problem+json';
  return status === 503 && !isTold ? `503 ${code}, ill told` : `${status} ${code}`;
}
