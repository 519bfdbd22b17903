/** Every double keeps this many significant digits, and 17 tell any two doubles apart. */
const SAFE_DIGITS = 15;
const MAX_DIGITS = 17;

/**
 * Whether a JSON number literal survives as a double: its own digits come back, in the double's shortest form or at the
 * literal's precision. `1.0`, `1e2` and `0.10000000000000001` do; `9007199254740993`, `1e999` and `1e-999` do not.
 */
export function numberSurvives(literal: string): boolean {
  if (literal.length <= SAFE_DIGITS && !/[eE]/.test(literal)) return true;
  const number = Number(literal);
  if (!Number.isFinite(number)) return false;
  const written = normal(literal);
  if (written === normal(String(number))) return true;
  const digits = written.indexOf('e');
  return digits > 0 && digits <= MAX_DIGITS && written === normal(number.toPrecision(digits));
}

/** The absolute value as `<digits>e<exponent>` without leading or trailing zeros; zero is `e0`. */
function normal(literal: string): string {
  const start = literal.charCodeAt(0) === 0x2d ? 1 : 0;
  const mark = literal.search(/[eE]/);
  const mantissa = mark < 0 ? literal.slice(start) : literal.slice(start, mark);
  const point = mantissa.indexOf('.');
  const digits = point < 0 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1);
  let first = 0;
  while (digits.charCodeAt(first) === 0x30) first++;
  if (first === digits.length) return 'e0';
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 0x30) end--;
  const fraction = point < 0 ? 0 : mantissa.length - point - 1;
  const exponent = (mark < 0 ? 0 : Number(literal.slice(mark + 1))) - fraction + (digits.length - end);
  return `${digits.slice(first, end)}e${exponent}`;
}
