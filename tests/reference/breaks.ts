import type { Fact, Facts, Offered, Shape } from './shape.ts';

export const HOW_TO_ACCEPT =
  'If no program can be relying on it, say so: `npm run record -- --accept` writes the new baseline, to be committed with the reason.';

/**
 * What has changed so that a program that is out already could break, each as one sentence; empty where nothing has.
 * @param today such as `2026-11-23`: an operation may go from its sunset on
 */
export function breaks(was: Shape, is: Shape, today: string): string[] {
  const stays = (place: string) => {
    const [id = '', status = ''] = place.split(' ');
    return id in is.operations && (!/^\d/.test(status) || status in (is.operations[id]?.headers ?? {}));
  };
  const both = (side: 'sent' | 'answered', compare: Compare) =>
    Object.entries(was[side]).flatMap(([place, facts]) => {
      const now = is[side][place];
      if (now) return compare(place, facts, now);
      // A schema that nothing refers to any more breaks nothing: what referred to it is told. So is a status.
      return stays(place) ? [`${place} is ${side === 'sent' ? 'taken' : side} no more.`] : [];
    });
  const all = [
    ...Object.entries(was.operations).flatMap(([id, before]) => operationBreaks(id, before, is, today)),
    ...reused(was, is),
    ...both('sent', sentBreaks),
    ...both('answered', answeredBreaks),
  ];
  return [...new Set(all)];
}

/** The baseline after this: what there is, and what was there once. */
export function baselineAfter(was: Shape, is: Shape): Shape {
  const before = {
    ...was.gone,
    ...Object.fromEntries(Object.entries(was.operations).map(([id, { route }]) => [id, route])),
  };
  return { ...is, gone: Object.fromEntries(Object.entries(before).filter(([id]) => !(id in is.operations))) };
}

type Compare = (place: string, was: Facts, is: Facts) => string[];

function operationBreaks(id: string, was: Offered, { operations }: Shape, today: string): string[] {
  const is = operations[id];
  if (is === undefined) {
    const [other] = Object.entries(operations).find(([, { route }]) => route === was.route) ?? [];
    if (was.sunset !== undefined && was.sunset <= today && other === undefined) return [];
    if (other !== undefined) return [`${id} is called ${other} now: an id is for ever, methods are named after it.`];
    const until = was.sunset === undefined ? 'It was never deprecated' : `It was to stay until ${was.sunset}`;
    return [`${id} (${was.route}) is gone. ${until}.`];
  }
  const moved =
    is.route === was.route ? [] : [`${id} was ${was.route}, and is ${is.route}: builds ask the old address.`];
  const sooner =
    was.sunset !== undefined && is.sunset !== undefined && is.sunset < was.sunset
      ? [`${id} was to stay until ${was.sunset}, and goes on ${is.sunset}.`]
      : [];
  const open = words(is.credentials).includes('none');
  const refused = open ? [] : missing(was.credentials, is.credentials);
  return [
    ...moved,
    ...sooner,
    ...refused.map((by) => `${id} ${by === 'none' ? 'wants a credential now' : `does not take ${by} any more`}.`),
    ...Object.entries(was.problems).flatMap(([status, codes]) =>
      status in is.problems
        ? missing(codes, is.problems[status]).map(
            (code) => `${id} has no problem ${code} at ${status} any more: programs tell problems apart by it.`,
          )
        : [`${id} has no problems at ${status} any more: it had ${codes}.`],
    ),
    ...Object.entries(was.headers).flatMap(([status, names]) =>
      status in is.headers
        ? missing(names, is.headers[status]).map((name) => `${id} ${status} has no ${name} any more.`)
        : [`${id} never answers ${status} any more.`],
    ),
  ];
}

/** What stands under an id or at an address that was another operation's, however long ago. */
function reused(was: Shape, is: Shape): string[] {
  const moved = Object.entries(was.operations).filter(([id]) => id in is.operations);
  const taken = [...Object.entries(was.gone), ...moved.map(([id, { route }]) => [id, route] as const)];
  return Object.entries(is.operations).flatMap(([id, { route }]) => {
    const old = was.gone[id];
    if (id in was.operations) return [];
    if (old !== undefined && old !== route) return [`${id} was ${old} once: a new operation needs a new id.`];
    return taken
      .filter(([other, address]) => other !== id && address === route)
      .map(([other]) => `${id} stands at ${route}, which was ${other}: builds may still ask for that.`);
  });
}

function answeredBreaks(place: string, was: Facts, is: Facts): string[] {
  return eachWay(was, (way, before) => {
    const name = nameOf(place, way);
    const now = is[way];
    if (now === undefined) {
      const [other] = Object.keys(is).filter(
        (at) => !(at in was) && parentOf(at) === parentOf(way) && typeOf(is[at] ?? {}) === typeOf(before),
      );
      return `${name} is gone${other === undefined ? '' : `, and ${other} is new`}: builds that are out read it.`;
    }
    if (typeOf(before) !== typeOf(now)) return `${name} was ${typeOf(before)}, and is ${typeOf(now)}.`;
    const [more, less] = [missing(now.kinds, before.kinds), missing(before.kinds, now.kinds)];
    if (more.length > 0) return `${name} may be ${more.join(', ')} now: generated code takes the kinds that it knows.`;
    if (less.length > 0) return `${name} is never ${less.join(', ')} any more.`;
    if (now.null && !before.null) return `${name} may be null now.`;
    if (before.required && !now.required) return `${name} may be left out now.`;
    return undefined;
  });
}

function sentBreaks(place: string, was: Facts, is: Facts): string[] {
  const narrowed = eachWay(was, (way, before) => {
    const now = is[way];
    return now === undefined
      ? `${nameOf(place, way)} is taken no more: builds that are out send it.`
      : narrower(before, now).map((how) => `${nameOf(place, way)} ${how}.`);
  });
  const wanted = Object.entries(is)
    .filter(([way, { required }]) => required && !(way in was) && (parentOf(way) === '' || parentOf(way) in was))
    .map(([way]) => `${nameOf(place, way)} is new and required: builds that are out don’t send it.`);
  return [...narrowed, ...wanted];
}

const LEAST = ['minLength', 'minimum', 'exclusiveMinimum'] as const;
const MOST = ['maxLength', 'maximum', 'exclusiveMaximum'] as const;

/** In what an input takes less than it did. */
function narrower(was: Fact, is: Fact): string[] {
  if (typeOf(was) !== typeOf(is) && !(was.type === 'integer' && is.type === 'number'))
    return [`was ${typeOf(was)}, and is ${typeOf(is)}`];
  const less = [
    ...LEAST.filter((word) => (is[word] ?? -Infinity) > (was[word] ?? -Infinity)),
    ...MOST.filter((word) => (is[word] ?? Infinity) < (was[word] ?? Infinity)),
  ];
  return [
    ...(is.required && !was.required ? ['is required now: builds that are out may not send it'] : []),
    ...(was.null && !is.null ? ['may not be null any more'] : []),
    ...(is.enum && !was.enum ? [`takes nothing but ${is.enum} now`] : []),
    ...(is.enum ? missing(was.enum, is.enum) : []).map((word) => `does not take ${word} any more`),
    ...missing(was.kinds, is.kinds).map((kind) => `does not take ${kind} any more`),
    ...less.map((word) => `has a narrower ${word}: ${is[word]} instead of ${was[word] ?? 'none'}`),
    ...(is.pattern !== undefined && is.pattern !== was.pattern ? [`has another pattern: ${is.pattern}`] : []),
    ...(JSON.stringify(was.default) !== JSON.stringify(is.default)
      ? [`is ${JSON.stringify(is.default)} instead of ${JSON.stringify(was.default)} where it is left out`]
      : []),
  ];
}

/** What is to be said of each way; nothing of what lies below one of which something was said. */
function eachWay(facts: Facts, look: (way: string, fact: Fact) => string | readonly string[] | undefined): string[] {
  const said = new Set<string>();
  return Object.entries(facts).flatMap(([way, fact]) => {
    if (way !== '' && said.has(parentOf(way))) {
      said.add(way);
      return [];
    }
    const found = [look(way, fact) ?? []].flat();
    if (found.length > 0) said.add(way);
    return found;
  });
}

const words = (text = ''): string[] => text.split(' ').filter(Boolean);
const missing = (before: string | undefined, now: string | undefined) =>
  words(before).filter((word) => !words(now).includes(word));

const typeOf = ({ type, format, of, const: only, kinds }: Fact): string =>
  of ??
  [type ?? (kinds ? 'a choice' : 'anything'), format, only !== undefined && JSON.stringify(only)]
    .filter(Boolean)
    .join(' ');

/** `lines[].product` of `lines[].product.id`, `lines` of `lines[]`; empty where it is a whole. */
const parentOf = (way: string): string => way.replace(/(?:^|\.)[^.[\]{}]+$|\[\]$|\{\}$/, '');

/** `Money.currency`, `getProduct query currency`. */
function nameOf(place: string, way: string): string {
  if (way === '') return place;
  return /^[A-Z]\w*$/.test(place) ? `${place}.${way}` : `${place} ${way}`;
}
