export const METHODS = ['debug', 'log', 'info', 'warn', 'error'] as const;
type Method = (typeof METHODS)[number];

export interface Line {
  readonly method: Method;
  readonly text: string;
}

interface Expected {
  readonly method: Method;
  readonly text: RegExp;
}

let expected: Expected[] = [];

/** Declares that this test prints a line that matches; any other line, and the lack of this one, fail it. */
export function expectConsole(method: Method, text: RegExp): void {
  expected.push({ method, text });
}

/** What was declared, and a clean slate. */
export function takeExpected(): readonly Expected[] {
  const taken = expected;
  expected = [];
  return taken;
}
