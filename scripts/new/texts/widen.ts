import type { Draft, Read } from '../files/edits.ts';
import { pascal } from '../names.ts';
import { refused } from '../refused.ts';
import { hasPrivate, isUnknown, type Kind, type Member, type Shape } from '../shapes/shape.ts';
import { type NumberKind, type TextKind, TIMES } from '../shapes/times.ts';
import { unkept } from './unkept.ts';
import { misbehaviour, mockFile, schemaFile, type Words } from './upstream.ts';

const MISBEHAVIOUR = 'tests/mocks/misbehaviour.test.ts';

interface Widening {
  readonly name: string;
  readonly call: string;
  readonly path: string;
  readonly before: Shape;
  readonly after: Shape;
  readonly graphql?: Words['graphql'];
}

/**
 * The files of an upstream with room for what a further sample shows. What was written by hand is never written
 * over: `tidied` has a text as the linter does.
 */
export function widened(
  read: Read,
  { name, call, path, before, after, graphql }: Widening,
  tidied: (drafts: readonly Draft[]) => Draft[],
): Draft[] {
  const words: Omit<Words, 'shape'> = {
    name,
    path,
    call,
    graphql,
    parameters: [],
    schema: call === name ? pascal(name) : pascal(name) + pascal(call),
  };
  const now = { ...words, shape: after };
  const old = { ...words, shape: before };
  const files: readonly [string, string, string][] = [
    [`schemas/upstream/${name}.ts`, schemaFile(old), schemaFile(now)],
    [`mocks/${name}.ts`, mockFile(old), mockFile(now)],
  ];
  const changed = files.filter(([, was, is]) => was !== is);
  const expected = tidied(changed.map(([file, was]) => ({ path: file, before: undefined, text: was })));
  for (const { path: file, text } of expected)
    if (read(file) !== text)
      throw refused(
        `${file} is not as the generator writes it, and what was written by hand is never written over. Widen it by hand.`,
      );
  const drafts = changed.map(([file, , is]) => ({ path: file, before: read(file), text: is }));
  const isPrivateNow = hasPrivate(after) && !hasPrivate(before);
  return [
    ...drafts,
    ...(misbehaviour(old) === misbehaviour(now) ? [] : [misbehaving(read, old, now)]),
    ...((isPrivateNow && unkept(read, now, tidied)) || []),
  ];
}

/** The test of all upstreams, with what is empty of this one. */
function misbehaving(read: Read, old: Words, now: Words): Draft {
  const before = read(MISBEHAVIOUR) ?? '';
  const { name } = now;
  const multiline = ` {2}\\{\\n {4}upstream: '${name}',\\n(?: {4}.*\\n)*? {2}\\},`;
  const [own = ''] = new RegExp(`^(?: {2}\\{ upstream: '${name}', .*\\},|${multiline})$`, 'm').exec(before) ?? [];
  // What it is asked with stands before, and stays.
  if (own === '' || plain(fromSchema(own)) !== plain(fromSchema(misbehaviour(old))))
    throw refused(`${MISBEHAVIOUR} holds what is empty of ${name}, which would change: widen it by hand.`);
  const text = before.replace(own, () => own.slice(0, -fromSchema(own).length) + fromSchema(misbehaviour(now)));
  return { path: MISBEHAVIOUR, before, text };
}

const fromSchema = (text: string) => text.slice(text.indexOf('schema: '));

/** Without what the linter makes another of: white space, quotes and commas at the end. */
const plain = (text: string) =>
  text
    .replaceAll(/\s/g, '')
    .replaceAll('"', "'")
    .replaceAll(/,(?=[}\])])/g, '');

/** What one shape has room for that the other has not, in words. */
export function differences(before: Shape, after: Shape, path: string): string[] {
  const words = [wordOf(before), wordOf(after)];
  const own = words[0] === words[1] ? [] : [`${path}: ${words[0]}, now ${words[1]}`];
  const held = before.list && after.list ? differences(before.list, after.list, `${path}[]`) : [];
  const values = before.map && after.map ? differences(before.map, after.map, `${path}{}`) : [];
  const members = [...(after.object ?? [])].flatMap(([key, member]) => {
    if (!before.object) return [];
    return memberDifferences(before.object.get(key), member, `${path}.${key}`);
  });
  return [...own, ...held, ...values, ...members];
}

function memberDifferences(before: Member | undefined, after: Member, path: string): string[] {
  if (before === undefined) return [`${path}: new, ${wordOf(after.shape)}`];
  const eased = before.presence === 'required' && after.presence !== 'required' ? [`${path}: no longer required`] : [];
  return [...eased, ...differences(before.shape, after.shape, path)];
}

function wordOf(shape: Shape): string {
  if (isUnknown(shape)) return 'unknown';
  const { text, number, boolean, list, map, object, again } = shape;
  const words = [
    text && kindWord(text, 'a text'),
    number && kindWord(number, 'a number'),
    boolean && 'true or false',
    list && 'a list',
    map && 'a map',
    object && 'an object',
    again !== undefined && 'the same again',
  ];
  return words.filter(Boolean).join(' or ');
}

function kindWord({ kind, checked }: Kind<TextKind | NumberKind>, any: string): string {
  if (kind === 'any') return any;
  const word = kind === 'whole' ? 'a whole number' : TIMES[kind];
  return checked ? `${word} and nothing else` : kind === 'whole' ? any : `${any} (${word})`;
}
