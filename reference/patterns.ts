/** Classes by the letters that stand for them, as ranges: what `\d` and `\w` are differs from language to language. */
const CLASSES: Readonly<Record<string, string>> = { d: '0-9', w: 'A-Za-z0-9_' };

/**
 * A pattern in the syntax that all languages share (JSON Schema 2020-12 core §6.4): characters, their ranges, groups,
 * choices, repetition, `^` and `$`. Undefined if it needs more, such as `\p{L}`.
 */
export function portable(pattern: string): string | undefined {
  let out = '';
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if (char === '\\') {
      const escaped = escapedAt(pattern, at, inClass);
      if (escaped === undefined) return undefined;
      out += escaped.text;
      at += escaped.length - 1;
    } else if (!inClass && char === '(' && pattern[at + 1] === '?') {
      if (pattern[at + 2] !== ':') return undefined;
      out += '(';
      at += 2;
    } else {
      if (char === '[') inClass = true;
      else if (char === ']') inClass = false;
      out += char;
    }
  }
  return out;
}

/** What an escape stands for: a class, or one character. */
function escapedAt(pattern: string, at: number, inClass: boolean): { text: string; length: number } | undefined {
  const letter = pattern[at + 1] ?? '';
  const ranges = CLASSES[letter];
  if (ranges !== undefined) return { text: inClass ? ranges : `[${ranges}]`, length: 2 };
  const hex = /^\\(?:x([\da-f]{2})|u([\da-f]{4}))/i.exec(pattern.slice(at, at + 6));
  const code = hex?.[1] ?? hex?.[2];
  if (code !== undefined)
    return { text: literal(String.fromCharCode(Number.parseInt(code, 16))), length: hex?.[0].length ?? 0 };
  // Any other letter or digit is a class, an anchor, a reference or a control character of one language or another.
  return /[A-Za-z0-9]/.test(letter) ? undefined : { text: literal(letter), length: 2 };
}

const literal = (char: string): string => (/[\\^$.*+?()[\]{}|-]/.test(char) ? `\\${char}` : char);
