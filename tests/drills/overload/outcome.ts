const END_OF_HEAD = '\r\n\r\n';
const MEMBER = /([a-z*][\w.*-]*)=([a-z]+)(?:;reason=([a-z-]+))?/g;
const SECTION = /section \\"([\w.*-]+)\\"/;

/**
 * What an answer came to, in words: `whole`, `partial rating:open stock:timeout`, `503 overloaded` where
 * nothing was begun, `503 overloaded in price` where a section had to wait too long. A 503 that does not
 * say when to come back, or is no problem document, is `ill told`.
 */
export function outcomeOf(status: number, bytes: Buffer): string {
  const head = bytes.toString('latin1', 0, bytes.indexOf(END_OF_HEAD) + 2);
  const field = (name: string) => new RegExp(`\r\n${name}: *([^\r\n]*)`, 'i').exec(head)?.[1];
  if (status === 200) {
    const sections = field('section-status');
    return sections === undefined ? 'whole' : `partial ${inShort(sections)}`;
  }
  const body = bytes.toString('latin1', head.length);
  const code = /"code":"([\w-]+)"/.exec(body)?.[1] ?? 'without a code';
  const section = SECTION.exec(body)?.[1];
  const told = `${status} ${code}${section === undefined ? '' : ` in ${section}`}`;
  const isTold = field('retry-after') !== undefined && field('content-type') === 'application/problem+json';
  return status === 503 && !isTold ? `${told}, ill told` : told;
}

/** Every section of a Section-Status field with why it stands so, or how where nobody says why. */
function inShort(sections: string): string {
  return [...sections.matchAll(MEMBER)]
    .map(([, path, state, reason]) => `${path}:${reason ?? state}`)
    .sort()
    .join(' ');
}
