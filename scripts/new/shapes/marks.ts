import { refused } from '../refused.ts';
import { type Kind, type Member, merge, type Shape } from './shape.ts';

/** What the developer knows of members, by their paths: `rates`, `items.price`, `items[].price`; `.` is the whole. */
export interface Marks {
  /** There in every answer, and never null. */
  readonly required: readonly string[];
  /** The time that it looks like, and nothing else. */
  readonly time: readonly string[];
  /** Its keys are data. */
  readonly map: readonly string[];
}

export function marked(shape: Shape, { required, time, map }: Marks): Shape {
  const byMap = map.reduce((all, path) => at(all, '--map', path, toMap), shape);
  const byTime = time.reduce((all, path) => at(all, '--time', path, toTime), byMap);
  return required.reduce((all, path) => at(all, '--required', path, toRequired), byTime);
}

type Change = (member: Member) => Member | string;

function toMap({ shape: { object, ...rest }, presence }: Member): Member | string {
  if (rest.map) return { shape: rest, presence };
  if (!object) return 'is no object';
  const values = [...object].map(([, { shape }]) => shape).reduce(merge, {});
  return { shape: { ...rest, map: values }, presence };
}

function toTime({ shape, presence }: Member): Member | string {
  const { text, number } = shape;
  const isTime = (kind: Kind<string> | undefined) => kind && kind.kind !== 'any' && kind.kind !== 'whole';
  if (!isTime(text) && !isTime(number)) return 'looks like no time, or not always like the same kind of it';
  const checked = { checked: true } as const;
  return {
    shape: {
      ...shape,
      ...(text && { text: { ...text, ...checked } }),
      ...(number && { number: { ...number, ...checked } }),
    },
    presence,
  };
}

function toRequired({ shape, presence }: Member): Member | string {
  if (presence === 'lacking') return 'is missing in some of what is known of it';
  return shape.null ? 'is null in some of what is known of it' : { shape, presence: 'required' };
}

function at(shape: Shape, option: string, path: string, change: Change): Shape {
  const keys = path.split('.').flatMap((key) => key.replaceAll(/\[\]|\{\}/g, '') || []);
  const { shape: changed } = within({ shape, presence: 'required' }, keys, change, `${option} ${path}`);
  return changed;
}

function within(member: Member, keys: readonly string[], change: Change, said: string): Member {
  const { shape, presence } = member;
  const [key, ...more] = keys;
  const held = shape.list ?? shape.map;
  const isHere = key === undefined && (!held || change !== toMap || shape.map !== undefined);
  if (isHere) {
    const changed = change(member);
    if (typeof changed === 'string') throw refused(`${said}: it ${changed}.`);
    return changed;
  }
  if (held) {
    const { shape: inner } = within({ shape: held, presence: 'seen' }, keys, change, said);
    return { shape: { ...shape, ...(shape.list ? { list: inner } : { map: inner }) }, presence };
  }
  const below = key === undefined ? undefined : shape.object?.get(key);
  if (key === undefined || below === undefined) {
    const known = [...(shape.object?.keys() ?? [])].slice(0, 20).join(', ');
    throw refused(`${said}: there is no ${key ?? 'object'}${known && `; there are ${known}`}.`);
  }
  const object = new Map(shape.object).set(key, within(below, more, change, said));
  return { shape: { ...shape, object }, presence };
}
