import { pascal } from '../names.ts';
import { keyText, memberText, textLiteral } from './literal.ts';
import { isSame, type View, type ViewMember } from './view.ts';
import { type Part, wireText } from './wire-text.ts';

/** Deeper than this, parts get names of their own: the formatter needs hours else. */
const DEEPEST = 3;

/** A view as TypeScript: its schema, and what makes it out of a wire value. */
export interface ViewText {
  /** Schemas with names, those first that others are made of. */
  readonly schemas: readonly ViewPart[];
  readonly schema: string;
  /** Types and functions with names, to stand behind what uses them. */
  readonly reshapes: readonly string[];
  readonly reshape: string;
}

interface ViewPart extends Part {
  readonly isRecursive: boolean;
}

interface Printer {
  readonly name: string;
  readonly names: Set<string>;
  readonly schemas: ViewPart[];
  readonly reshapes: string[];
  /** The objects around, the nearest first. */
  readonly around: readonly Around[];
  readonly depth: number;
  readonly key: string;
}

interface Around {
  readonly view: View;
  readonly schema: string;
  readonly reshape: string;
}

/** `from`: the expression that has the wire value, or nothing; `type`: its type; `name`: what its parts' names begin with. */
export function viewText(view: View, name: string, from: string, type: string): ViewText {
  const at: Printer = { name, names: new Set(), schemas: [], reshapes: [], around: [], depth: 0, key: '' };
  const { schema, reshape } = textsOf(view, at, from, type, true);
  return { schemas: at.schemas, schema, reshapes: at.reshapes, reshape };
}

interface Texts {
  readonly schema: string;
  readonly reshape: string;
}

/** `maybe`: whether `from` may be nothing. */
function textsOf(view: View, at: Printer, from: string, type: string, maybe: boolean): Texts {
  const { schema, reshape } = kindTexts(view, at, from, type, maybe);
  const orNull = view.nullable && !maybe ? `${from} === null ? null : ${reshape}` : reshape;
  const views = at.around.map((each) => each.view);
  return { schema: view.nullable ? nullable(view, schema) : schema, reshape: isSame(view, views) ? from : orNull };
}

/** TypeScript loses its way where something recursive is nullable within a list. */
const nullable = (view: View, schema: string) =>
  isOpenView(view, 0) ? `z.union([${schema}, z.null()])` : `${schema}.nullable()`;

function kindTexts(view: View, at: Printer, from: string, type: string, maybe: boolean): Texts {
  if (view.kind === 'value') return { schema: wireText(view.shape, '').text, reshape: from };
  if (view.kind === 'again') {
    const target = at.around[view.up - 1];
    const call = `${target?.reshape}(${from})`;
    return { schema: target?.schema ?? '', reshape: maybe ? `${from} && ${call}` : call };
  }
  const isRecursive = view.kind === 'object' && leadsTo(view.members, 1);
  if (isRecursive || (at.depth >= DEEPEST && !isOpenView(view, 0)))
    return namedTexts(view, at, from, type, maybe, isRecursive);
  const below = { ...at, depth: at.depth + 1 };
  if (view.kind === 'list') {
    const of = textsOf(view.of, below, 'each', `NonNullable<${type}>[number]`, false);
    return { schema: `z.array(${of.schema})`, reshape: `${from}${maybe ? '?' : ''}.map((each) => (${of.reshape}))` };
  }
  if (view.kind === 'map') {
    const of = textsOf(view.of, below, 'each', `NonNullable<${type}>[string]`, false);
    const entries = `Object.fromEntries(Object.entries(${from}).map(([key, each]) => [key, ${of.reshape}]))`;
    return { schema: `z.record(z.string(), ${of.schema})`, reshape: maybe ? `${from} && ${entries}` : entries };
  }
  const { schema, reshape } = membersTexts(view, below, { view, schema: '', reshape: '' }, from, type);
  return { schema, reshape: maybe ? `${from} && (${reshape})` : reshape };
}

type Compound = Extract<View, { kind: 'list' | 'map' | 'object' }>;

/** A schema and a function with a name of their own. */
function namedTexts(
  view: Compound,
  at: Printer,
  from: string,
  type: string,
  maybe: boolean,
  isRecursive: boolean,
): Texts {
  const name = partName(at);
  const [wire, part, make] = [`Wire${name}`, `${name}View`, `to${name}View`];
  const inside = { ...at, depth: 0 };
  const inner =
    view.kind === 'object'
      ? membersTexts(view, { ...inside, depth: 1 }, { view, schema: part, reshape: make }, 'from', wire)
      : kindTexts(view, inside, 'from', wire, false);
  at.schemas.push({ name: part, text: inner.schema, isRecursive, isOwnType: view.kind === 'object' && !isRecursive });
  const views = at.around.map((each) => each.view);
  if (!isSame(view, views))
    at.reshapes.push(`type ${wire} = NonNullable<${type}>;
function ${make}(from: ${wire})${view.kind === 'object' ? `: ${part}` : ''} {
  return ${inner.reshape};
}`);
  const call = `${make}(${from})`;
  // As `?.map` has it: a list that is null is left out.
  const orNothing = view.kind === 'list' ? `${from} ? ${call} : undefined` : `${from} && ${call}`;
  return { schema: part, reshape: maybe ? orNothing : call };
}

function partName({ name, names, key }: Printer): string {
  const wanted = name + (pascal(key) || 'Part');
  let free = wanted;
  for (let count = 2; names.has(free); count++) free = wanted + count;
  names.add(free);
  return free;
}

function membersTexts(
  { members }: Extract<View, { kind: 'object' }>,
  at: Printer,
  own: Around,
  from: string,
  type: string,
): Texts {
  const inner = { ...at, around: [own, ...at.around] };
  const texts = members.map((member) => memberTexts(member, { ...inner, key: member.wireKey }, from, type));
  return {
    schema: `z.object({ ${texts.map(({ schema }) => schema).join(', ')} })`,
    reshape: `{ ${texts.map(({ reshape }) => reshape).join(', ')} }`,
  };
}

function memberTexts({ wireKey, name, required, view }: ViewMember, at: Printer, from: string, type: string): Texts {
  const below = `NonNullable<${type}>[${textLiteral(wireKey)}]`;
  const { schema, reshape } = textsOf(
    { ...view, nullable: view.nullable && required },
    at,
    memberText(from, wireKey),
    below,
    !required,
  );
  const whole = required ? schema : nullish(schema);
  const isOpen = isOpenView(view, 0);
  return {
    schema: isOpen ? `get ${keyText(name)}() { return ${whole}; }` : `${keyText(name)}: ${whole}`,
    reshape: `${keyText(name)}: ${reshape}`,
  };
}

/** What describes a value stays the last word about it. */
function nullish(schema: string): string {
  const [, type = schema, words = ''] = /^(.*?)(\.describe\('[^']*'\))?$/s.exec(schema) ?? [];
  return `${type}.nullish()${words}`;
}

function leadsTo(members: readonly ViewMember[], up: number): boolean {
  const leads = (view: View): boolean =>
    view.kind === 'again'
      ? view.up === up
      : view.kind === 'list' || view.kind === 'map'
        ? leads(view.of)
        : view.kind === 'object' && leadsTo(view.members, up + 1);
  return members.some(({ view }) => leads(view));
}

function isOpenView(view: View, within: number): boolean {
  if (view.kind === 'again') return view.up > within;
  if (view.kind === 'list' || view.kind === 'map') return isOpenView(view.of, within);
  return view.kind === 'object' && view.members.some((member) => isOpenView(member.view, within + 1));
}
