/** Of these every mock knows something. */
const KNOWN = 10_000;
const IDS = 1_000_000;
let number = Math.floor(Math.random() * IDS);

/** A target with an id in it that was not asked for yet: any for `{}`, for `{known}` one that the mocks know. */
export function withId(target: string): string {
  const id = (most: number) => `p-${String(number++ % most).padStart(6, '0')}`;
  return target.replace('{}', () => id(IDS)).replace('{known}', () => id(KNOWN));
}
