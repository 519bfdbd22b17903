import type { Members, Shape } from './shape.ts';

const TEXTS = { any: 'z.string()', date: 'z.iso.date()', datetime: 'z.iso.datetime({ offset: true })' } as const;
const NUMBERS = { any: 'z.number()', whole: 'z.int()' } as const;
const PLAIN_KEY = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;

/** The zod schema of a shape, as TypeScript: it takes every value that the shape was made of. */
export function wireText(shape: Shape): string {
  const kinds = [
    shape.text && TEXTS[shape.text],
    shape.number && NUMBERS[shape.number],
    shape.boolean && 'z.boolean()',
    shape.list && `z.array(${wireText(shape.list)})`,
    shape.object && objectText(shape.object),
  ].filter((kind) => kind !== undefined);
  const [only] = kinds;
  if (only === undefined) return 'z.unknown()';
  const text = kinds.length === 1 ? only : `z.union([${kinds.join(', ')}])`;
  return shape.null ? `${text}.nullable()` : text;
}

function objectText(members: Members): string {
  const fields = [...members].map(
    ([key, { shape, optional }]) => `${keyText(key)}: ${wireText(shape)}${optional ? '.optional()' : ''}`,
  );
  return `z.object({ ${fields.join(', ')} })`;
}

/** A key as it stands in an object literal. */
export function keyText(key: string): string {
  return PLAIN_KEY.test(key) ? key : JSON.stringify(key);
}

/** A member of an expression: `card.name`, `card["a-b"]`. */
export function memberText(of: string, key: string): string {
  return PLAIN_KEY.test(key) ? `${of}.${key}` : `${of}[${JSON.stringify(key)}]`;
}
