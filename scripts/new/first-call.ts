import type { Call } from '#kernel/upstream/calls/call.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import type { Read } from './edits.ts';
import type { FirstCall } from './endpoint.ts';
import { refused } from './refused.ts';
import { shapeOfSchema } from './schema-shape.ts';
import type { Shape } from './shape.ts';

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
  const calls = await callsOfUpstream(upstream);
  const [found, ...others] = wanted === undefined ? calls : calls.filter(([name]) => name === wanted);
  if (found === undefined)
    throw refused(
      `${file} has no public read without arguments${wanted === undefined ? '' : ` called ${wanted}`}: begin with another upstream, or follow "Add an operation" in AGENTS.md.`,
    );
  if (others.length > 0)
    throw refused(`Say which: --from ${calls.map(([name]) => `${upstream}.${name}`).join(' or --from ')}.`);
  const [call, { schema }] = found;
  const parsed = schema.safeParse(JSON.parse(read(`mocks/seed/${upstream}.json`) ?? 'null'));
  return { upstream, call, shape: shapeOfSchema(schema), sample: parsed.success ? parsed.data : undefined };
}

/** The only call of an upstream that the generator made, and what its schema has room for. */
export interface MadeCall {
  readonly call: string;
  readonly path: string;
  readonly shape: Shape;
  /** Set where it is a GraphQL query: its name, and the member of its data that is the answer. */
  readonly graphql: { readonly name: string; readonly root: string | undefined } | undefined;
}

export async function callForSample(upstream: string): Promise<MadeCall> {
  if (!(UPSTREAMS as readonly string[]).includes(upstream))
    throw refused(`"${upstream}" is no upstream. There are ${UPSTREAMS.join(', ')}.`);
  const [found, ...others] = await callsOfUpstream(upstream);
  if (found === undefined || others.length > 0)
    throw refused(`services/${upstream}.ts is not as the generator made it, with one read: widen its schema by hand.`);
  const [call, { schema, request, label }] = found;
  const { path, graphql } = 'single' in request ? request.single : { path: '' };
  const named = graphql && { name: label.replace('query ', ''), root: graphql.root };
  return { call, path, shape: shapeOfSchema(schema), graphql: named };
}

async function callsOfUpstream(upstream: string): Promise<[string, Call][]> {
  return callsOf(((await import(`#services/${upstream}.ts`)) as Record<string, unknown>)[upstream]);
}

/** The public reads of a menu that need no arguments, by name. */
function callsOf(client: unknown): [string, Call][] {
  return Object.entries((client ?? {}) as object).flatMap(([name, order]): [string, Call][] => {
    const call = typeof order === 'function' && order.length === 0 ? (order() as Partial<Call>) : undefined;
    if (call?.kind !== 'call' || call.privacy !== 'public' || !call.request || !('single' in call.request)) return [];
    const { method, graphql, reads } = call.request.single;
    return method === 'GET' || (graphql && reads) ? [[name, call as Call]] : [];
  });
}
