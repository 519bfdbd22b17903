import type { Call } from '#kernel/upstream/calls/call.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import type { Read } from '../files/edits.ts';
import { type Parameter, parametersOf } from '../path-parameters.ts';
import { refused } from '../refused.ts';
import { shapeOfSchema } from '../shapes/schema-shape.ts';
import type { Shape } from '../shapes/shape.ts';
import type { FirstCall } from '../texts/endpoint.ts';

/**
 * The call that `loyalty` or `loyalty.points` names; where nothing is said, that of the upstream with which the
 * endpoint's name begins. Asking a client for a call sends nothing.
 */
export async function firstCall(read: Read, endpoint: string, from: string | undefined): Promise<FirstCall> {
  const [upstream = '', wanted, ...more] = (from ?? endpoint.split('-')[0] ?? '').split('.');
  if (!(UPSTREAMS as readonly string[]).includes(upstream) || more.length > 0) {
    const what = from === undefined ? `Say where ${endpoint} begins: --from <upstream>.` : `"${from}" is no upstream.`;
    throw refused(`${what} There are ${UPSTREAMS.join(', ')}; \`npm run new upstream\` makes another.`);
  }
  const file = `services/${upstream}.ts`;
  const seed = JSON.parse(read(`mocks/seed/${upstream}.json`) ?? 'null');
  const calls = (await callsOfUpstream(upstream, seed)).filter(({ name }) => wanted === undefined || name === wanted);
  const plain = calls.filter(({ parameters }) => parameters.length === 0);
  const [found, ...others] = plain.length > 0 ? plain : calls;
  if (found === undefined)
    throw refused(
      `${file} has no public read without arguments${wanted === undefined ? '' : ` called ${wanted}`}: begin with another upstream, or follow "Add an operation" in AGENTS.md.`,
    );
  if (others.length > 0)
    throw refused(
      `Say which: --from ${[found, ...others].map(({ name }) => `${upstream}.${name}`).join(' or --from ')}.`,
    );
  const { name: call, parameters } = found;
  const { schema } = found.call;
  const parsed = schema.safeParse(seed);
  const sample = parsed.success ? parsed.data : undefined;
  return { upstream, call, shape: shapeOfSchema(schema), sample, parameters };
}

/** The only call of an upstream that the generator made, and what its schema has room for. */
interface MadeCall {
  readonly call: string;
  readonly path: string;
  readonly shape: Shape;
  /** Set where it is a GraphQL query: its name, and the member of its data that is the answer. */
  readonly graphql: { readonly name: string; readonly root: string | undefined } | undefined;
}

export async function callForSample(upstream: string): Promise<MadeCall> {
  if (!(UPSTREAMS as readonly string[]).includes(upstream))
    throw refused(`"${upstream}" is no upstream. There are ${UPSTREAMS.join(', ')}.`);
  const [found, ...others] = await callsOfUpstream(upstream, {});
  if (found === undefined || others.length > 0)
    throw refused(`services/${upstream}.ts is not as the generator made it, with one read: widen its schema by hand.`);
  const { name: call, parameters } = found;
  const { schema, request, label } = found.call;
  const { path: asked, graphql } = 'single' in request ? request.single : { path: '' };
  let at = 0;
  const path = graphql ? asked : label.replace('GET ', '').replaceAll('{}', () => `{${parameters[at++]?.name}}`);
  const named = graphql && { name: label.replace('query ', ''), root: graphql.root };
  return { call, path, shape: shapeOfSchema(schema), graphql: named };
}

/** A public read of a menu, and what it was asked with. */
interface Offered {
  readonly name: string;
  readonly call: Call;
  readonly parameters: readonly Parameter[];
}

/** The reads that can be asked for: those without arguments, and where a seed says with what, those of ids. */
async function callsOfUpstream(upstream: string, seed: unknown): Promise<Offered[]> {
  const menu = ((await import(`#services/${upstream}.ts`)) as Record<string, unknown>)[upstream];
  return Object.entries((menu ?? {}) as object).flatMap(([name, order]): Offered[] => {
    if (typeof order !== 'function' || (order.length > 0 && seed === null)) return [];
    const parameters = order.length === 0 ? [] : parametersOf(argumentsOf(order), seed);
    const call = isReadOf(order, parameters);
    return call === undefined ? [] : [{ name, call, parameters }];
  });
}

function isReadOf(order: (...values: string[]) => unknown, parameters: readonly Parameter[]): Call | undefined {
  const call = order(...parameters.map(({ example }) => example)) as Partial<Call> | undefined;
  if (call?.kind !== 'call' || call.privacy !== 'public' || !call.request || !('single' in call.request))
    return undefined;
  const { method, graphql, isRead } = call.request.single;
  // Each argument is a part of the path, and nothing else is.
  if ((call.label?.split('{}').length ?? 0) - 1 !== parameters.length) return undefined;
  return method === 'GET' || (graphql && isRead) ? (call as Call) : undefined;
}

/** The names of a method's arguments, whose types Node has taken away. */
function argumentsOf(order: (...values: never[]) => unknown): string[] {
  const [, inside = ''] = /^\(([^)]*)\)/.exec(order.toString()) ?? [];
  return inside.split(',').map((name) => name.trim());
}
