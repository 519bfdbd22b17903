import { pascal } from '../names.ts';
import {
  isOpen,
  isRecursive,
  isUnknown,
  type Kind,
  type Member,
  type Members,
  ownMembers,
  type Shape,
} from '../shapes/shape.ts';
import { CHECKED_TEXTS, type NumberKind, type TextKind, TIMES } from '../shapes/times.ts';
import { keyText } from './literal.ts';

/** Deeper than this, parts get names of their own: for readers, and for the formatter, which would need hours. */
const DEEPEST = 4;

/** The zod schema of a shape, as TypeScript: it takes every value that the shape was made of. */
interface WireText {
  /** Schemas with names, those first that others are made of. */
  readonly parts: readonly Part[];
  readonly text: string;
}

/** A schema with a name of its own; `isOwnType`: whether its type has the name as well. */
export interface Part {
  readonly name: string;
  readonly text: string;
  readonly isOwnType: boolean;
}

/** A type that is looked up by its name is no further level to TypeScript, which gives up at some thirty of them. */
export function partText({ name, text, isOwnType }: Part, isUsedElsewhere = false): string {
  if (!isOwnType) return `const ${name} = ${text};\n\n`;
  return `const ${name}Schema = ${text};
${isUsedElsewhere ? 'export ' : ''}interface ${name} extends z.infer<typeof ${name}Schema> {}
const ${name}: z.ZodType<${name}> = ${name}Schema;

`;
}

/** How a member that was not marked as required is written. */
const NULLISH = '.nullish()';

interface Printer {
  readonly name: string;
  readonly names: Set<string>;
  readonly parts: Part[];
  /** The names of the objects around, the nearest first. */
  readonly around: readonly string[];
  readonly depth: number;
  readonly path: readonly string[];
  /** Whether the whole may have the name that is wanted: nothing comes around it. */
  readonly isBare: boolean;
}

export function wireText(shape: Shape, name: string): WireText {
  const parts: Part[] = [];
  const isBare = Object.keys(shape).length === 1;
  const text = textOf(shape, { name, names: new Set([name]), parts, around: [], depth: 0, path: [], isBare });
  const only = parts.at(-1);
  // What is recursive as a whole has the name that is wanted.
  return only?.name === text && only.name === name ? { parts: parts.slice(0, -1), text: only.text } : { parts, text };
}

function textOf(shape: Shape, at: Printer): string {
  const text = kindsText(shape, at);
  const withNull = shape.null && text !== UNKNOWN;
  return described(shape, withNull ? nullable(shape, text) : text);
}

const UNKNOWN = 'z.unknown()';

/** TypeScript loses its way where something recursive is nullable within a list. */
const nullable = (shape: Shape, text: string) =>
  isOpen(shape) ? `z.union([${text}, z.null()])` : `${text}.nullable()`;

function kindsText(shape: Shape, at: Printer): string {
  if (isUnknown(shape)) return UNKNOWN;
  const { text, number, boolean, list, map, object, again } = shape;
  const below = { ...at, depth: at.depth + 1 };
  const kinds = [
    text && textKind(text),
    number && numberKind(number),
    boolean && 'z.boolean()',
    list && `z.array(${textOf(list, below)})`,
    map && `z.record(z.string(), ${textOf({ ...map, null: true }, below)})`,
    object && objectText(object, at),
    again !== undefined && at.around[again - 1],
  ].filter((kind): kind is string => typeof kind === 'string');
  const [only = UNKNOWN] = kinds;
  return kinds.length > 1 ? `z.union([${kinds.join(', ')}])` : only;
}

const textKind = ({ kind, checked }: Kind<TextKind>) => CHECKED_TEXTS[checked ? kind : 'any'];
const numberKind = ({ kind, checked }: Kind<NumberKind>) => (checked && kind !== 'any' ? 'z.int()' : 'z.number()');

function objectText(members: Members, at: Printer): string {
  const own = ownMembers(members);
  if (own.length === 0) return `z.record(z.string(), ${UNKNOWN})`;
  const isNamed = isRecursive(members) || (at.depth >= DEEPEST && !isOpen({ object: members }));
  const name = isNamed ? partName(at) : '';
  const inner = { ...at, around: [name, ...at.around], depth: isNamed ? 1 : at.depth + 1 };
  const fields = own.map(([key, member]) => fieldText(key, member, inner));
  const text = `z.object({ ${fields.join(', ')} })`;
  if (!isNamed) return text;
  at.parts.push({ name, text, isOwnType: !isRecursive(members) });
  return name;
}

function partName({ name, names, path, depth, isBare }: Printer): string {
  const isWhole = isBare && path.length === 0 && depth === 0;
  const wanted = isWhole ? name : name + (pascal(path.at(-1) ?? 'element') || 'Part');
  let free = wanted;
  for (let count = 2; !isWhole && names.has(free); count++) free = wanted + count;
  names.add(free);
  return free;
}

function fieldText(key: string, { shape, presence }: Member, at: Printer): string {
  const below = { ...at, path: [...at.path, key] };
  const text = presence === 'required' ? textOf(shape, below) : optionalText(shape, below);
  // The linter minds a member of this name, an upstream's as well.
  const ignored = key === 'then' ? '\n// biome-ignore lint/suspicious/noThenProperty: the wire has it\n' : '';
  return `${ignored}${isOpen(shape) ? `get ${keyText(key)}() { return ${text}; }` : `${keyText(key)}: ${text}`}`;
}

function optionalText(shape: Shape, at: Printer): string {
  const text = kindsText(shape, at);
  return described(shape, text === UNKNOWN ? `${UNKNOWN}.optional()` : `${text}${NULLISH}`);
}

/** What is known of it beyond its type, in words that `schema-shape.ts` reads again. */
function described({ private: secret, text, number }: Shape, schema: string): string {
  const kind = text && !number ? text : number && !text ? number : undefined;
  const time = kind && kind.kind !== 'any' && kind.kind !== 'whole' ? TIMES[kind.kind] : undefined;
  const words = [secret && `private: ${secret}`, time].filter((word) => word !== undefined);
  return words.length === 0 ? schema : `${schema}.describe('${words.join('; ')}')`;
}
