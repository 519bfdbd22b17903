/** What a text that is no JSON looks like, and what to do about it; undefined where it looks like nothing known. */
export function looksLike(text: string): string | undefined {
  return KINDS.find(([is]) => is(text))?.[1];
}

const KINDS: readonly (readonly [(text: string) => boolean, string])[] = [
  [(text) => text.trim() === '', 'It is empty'],
  [(text) => text.includes('\0'), 'It looks like UTF-16 or like no text at all: save it as UTF-8'],
  [
    (text) =>
      /^(?:[*<>{] .*\n|[*<>{]\s*\n|\s*% Total)?[\s\S]{0,2000}?^(?:< )?HTTP\/[\d.]+ \d{3}/m.test(text.slice(0, 4_000)),
    'It begins with headers, as curl -i and -v print them: leave those options out',
  ],
  [
    (text) => /^(?::|event:|data:|id:|retry:)/.test(text),
    'It looks like a stream of events (SSE): paste the JSON of one data line',
  ],
  [
    (text) => /^\s*(?:\/\*\*\/\s*)?[\w$.]+\s*\(\s*[[{]/.test(text),
    'It looks like JSONP: leave out the function around it',
  ],
  [
    (text) => /^\s*(?:\)\]\}'|for ?\(;;\)|while ?\(1\))/.test(text),
    'It begins with a guard against scripts: leave it out',
  ],
  [(text) => /^\s*</.test(text), 'It looks like HTML or XML'],
  [isLines, 'It looks like one JSON value a line (NDJSON): paste one of them, or all of them with [, commas and ]'],
  [
    (text) => /^\s*[{[]\s*(?:'|\/\/|\/\*|[A-Za-z_$][\w$]*\s*:)/.test(text),
    'It looks like JavaScript: keys and texts have double quotes in JSON, and there are no comments',
  ],
  [(text) => /,\s*[}\]]/.test(text), 'There is a comma after the last element, which JSON does not have'],
  [(text) => /^---\s|^[\w-]+:\s/.test(text), 'It looks like YAML'],
];

function isLines(text: string): boolean {
  const lines = text.trim().split(/\r?\n/);
  return lines.length > 1 && lines.slice(0, 10).every((line) => /^[[{]/.test(line) && isJson(line));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
