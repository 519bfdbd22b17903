import { camel } from './names.ts';
import type { Members, Shape } from './shape.ts';
import { keyText, memberText, wireText } from './wire-text.ts';

/** How a wire shape becomes a view: in our names, with the members that have one kind in all samples. */
export type View = { readonly nullable: boolean } & (
  | { readonly kind: 'value'; readonly schema: string }
  | { readonly kind: 'list'; readonly of: View }
  | { readonly kind: 'object'; readonly members: readonly ViewMember[] }
);

interface ViewMember {
  readonly wireKey: string;
  readonly name: string;
  readonly optional: boolean;
  readonly view: View;
}

/**
 * The view of a shape, or undefined if no member of it is clear enough to promise; `leftOut` gets those that are not.
 */
export function viewOf(shape: Shape, path: string, leftOut: (path: string) => void): View | undefined {
  const { null: maybeNull, ...kinds } = shape;
  const nullable = maybeNull === true;
  if (Object.keys(kinds).length !== 1 || kinds.object?.size === 0) {
    leftOut(path);
    return undefined;
  }
  if (kinds.list) {
    const of = viewOf(kinds.list, `${path}[]`, leftOut);
    return of && { kind: 'list', nullable, of };
  }
  if (kinds.object) {
    const members = viewMembers(kinds.object, path, leftOut);
    return members.length === 0 ? undefined : { kind: 'object', nullable, members };
  }
  return { kind: 'value', nullable, schema: wireText(kinds) };
}

function viewMembers(object: Members, path: string, leftOut: (path: string) => void): ViewMember[] {
  const shown = new Map<string, ViewMember>();
  for (const [wireKey, { shape, optional }] of object) {
    const below = `${path}.${wireKey}`;
    const name = camel(wireKey);
    if (name === '' || shown.has(name)) {
      leftOut(below);
      continue;
    }
    const view = viewOf(shape, below, leftOut);
    if (view) shown.set(name, { wireKey, name, optional, view });
  }
  return [...shown.values()];
}

/** The zod schema of a view, as TypeScript. */
export function schemaText(view: View): string {
  const text =
    view.kind === 'value'
      ? view.schema
      : view.kind === 'list'
        ? `z.array(${schemaText(view.of)})`
        : `z.object({ ${view.members.map(memberSchema).join(', ')} })`;
  return view.nullable ? `${text}.nullable()` : text;
}

const memberSchema = ({ name, optional, view }: ViewMember) =>
  `${keyText(name)}: ${schemaText(view)}${optional ? '.optional()' : ''}`;

/** The expression that makes the view out of a wire value; what has our names already goes as it is. */
export function reshapeText(view: View, from: string, optional: boolean): string {
  if (isSame(view)) return from;
  const text =
    view.kind === 'list'
      ? `${from}${optional ? '?' : ''}.map((each) => (${reshapeText(view.of, 'each', false)}))`
      : view.kind === 'object'
        ? `{ ${view.members.map((member) => memberReshape(member, from)).join(', ')} }`
        : from;
  if (view.kind === 'object' && (optional || view.nullable)) return `${from} && (${text})`;
  return view.nullable ? `${from} === null ? null : ${text}` : text;
}

function memberReshape({ wireKey, name, optional, view }: ViewMember, from: string): string {
  const value = reshapeText(view, memberText(from, wireKey), optional);
  return `${keyText(name)}: ${value}`;
}

/** Whether every name in it is the wire's own. */
function isSame(view: View): boolean {
  if (view.kind === 'value') return true;
  if (view.kind === 'list') return isSame(view.of);
  return view.members.every(({ wireKey, name, view: below }) => wireKey === name && isSame(below));
}

/** A wire value as its view shows it. */
export function shown(view: View, value: unknown): unknown {
  if (value === null || value === undefined || view.kind === 'value') return value;
  if (view.kind === 'list') return (value as unknown[]).map((each) => shown(view.of, each));
  const entries = view.members
    .filter(({ wireKey }) => Object.hasOwn(value, wireKey))
    .map(
      ({ wireKey, name, view: below }) => [name, shown(below, (value as Record<string, unknown>)[wireKey])] as const,
    );
  return Object.fromEntries(entries);
}
