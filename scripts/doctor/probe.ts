import { type CallError, toCallError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { PUBLIC } from '#kernel/base/scope.ts';
import { deadlineIn } from '#kernel/base/time/timeout.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { type PlannedCall, plan } from '#kernel/contract/plan.ts';
import { withToken } from '#kernel/flow/call-token.ts';
import { newWire } from '#kernel/flow/record-call.ts';
import type { Runtime } from '#kernel/http/engine/engine.ts';
import { newTrace } from '#kernel/telemetry/context/trace-context.ts';
import { nextRequestId } from '#kernel/telemetry/ids.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import { type Client, createClient, createPool } from '#kernel/upstream/exchange/client.ts';
import type { Credential } from '#kernel/upstream/exchange/credential.ts';
import { createExchange } from '#kernel/upstream/exchange/exchange.ts';
import { fetchCall } from '#kernel/upstream/exchange/fetch.ts';
import { laneState } from '#kernel/upstream/lane/state.ts';
import { span } from '#operations/shape/ops/words.ts';
import { tokenFailures } from '#services/credentials/tokens.ts';
import { reasonOf } from './ask.ts';

/** What one call to a live upstream has shown. `?` where it could not show it. */
export interface Probe {
  readonly upstream: string;
  readonly call: string;
  readonly reachable: 'yes' | 'no' | '?';
  readonly tls: 'yes' | 'none' | 'refused' | '?';
  readonly auth: 'taken' | 'refused' | 'wants a user' | 'no token' | '?';
  readonly schema: 'fits' | 'does not fit' | '?';
  readonly took: string;
  /** Set where something is wrong. */
  readonly wrong?: string;
  /** Set if the probe could not check everything. */
  readonly note?: string;
}

const TIMEOUT_MS = 5_000;
/** Its breaker and its ledger are its own. */
const LANE = 'doctor';

/** Asks one live upstream for what operations begin with for their examples: every read once, through our own pipeline. */
export async function probeUpstream(
  name: string,
  { url, credential, tls }: Runtime['upstreams'][string],
  operations: readonly Operation[],
  deadlineScale: number,
): Promise<Probe[]> {
  const reads = readsOf(name, operations);
  if (reads.length === 0) return [await knock(name, url)];
  const pool = createPool(url, 1, tls);
  const client = createClient(url, pool, credential?.field);
  try {
    const probes: Probe[] = [];
    for (const call of reads) probes.push(await probe(call, { url, client, credential }, deadlineScale));
    return probes;
  } finally {
    await pool.destroy();
  }
}

/** The reads of an upstream, as the plans of our operations have them; each kind once. */
function readsOf(name: string, operations: readonly Operation[]): Call[] {
  const planned: PlannedCall[] = operations.flatMap(plan);
  const reads = planned.map(({ call }) => call).filter((call) => call.upstream.name === name && isRead(call));
  return [...new Map(reads.map((call) => [call.label, call])).values()];
}

const isRead = ({ request }: Call) => 'batch' in request || request.single.isRead;

/** How an upstream is asked. */
interface Door {
  readonly url: string;
  readonly client: Client;
  readonly credential: Credential | undefined;
}

async function probe(call: Call, { url, client, credential }: Door, deadlineScale: number): Promise<Probe> {
  const timeout = call.upstream.timeout * deadlineScale;
  const began = performance.now();
  const id = nextRequestId();
  const trace = newTrace();
  const wire = newWire(timeout, began, { requestId: id, trace });
  const about = { upstream: call.upstream.name, call: call.label };
  const tls = new URL(url).protocol === 'https:' ? 'yes' : 'none';
  const lane = laneState(LANE);
  const took = () => span(performance.now() - began);
  const own = call.credential === 'user' ? undefined : credential?.own;
  try {
    const plain = ['x-request-id', id];
    const { headers, ...renewed } = own ? await withToken(plain, own) : { headers: plain };
    await fetchCall(call, {
      ...renewed,
      exchange: createExchange(call.upstream, lane, client),
      lane,
      scope: PUBLIC,
      headers,
      trace,
      deadline: deadlineIn(timeout, began),
      deadlineScale,
      cancellation: new Cancellation(),
      wire,
      head: { fields: undefined },
    });
    return { ...about, reachable: 'yes', tls, auth: 'taken', schema: 'fits', took: took() };
  } catch (thrown) {
    const failure = toCallError(thrown);
    const tokenless = tokenFailures().find(({ upstream }) => upstream === call.upstream.name);
    const found = tokenless ? withoutToken(tokenless.why) : diagnosis(failure, call, tls);
    return { ...about, took: took(), ...found };
  }
}

type Diagnosis = Omit<Probe, 'upstream' | 'call' | 'took'>;

/** It was not asked at all. */
const withoutToken = (wrong: string): Diagnosis => ({ reachable: '?', tls: '?', auth: 'no token', schema: '?', wrong });

/** What a failed probe says of its upstream. */
function diagnosis(failure: CallError, call: Call, tls: 'yes' | 'none'): Diagnosis {
  const { reason, status } = failure;
  if (reason === 'contract')
    return { reachable: 'yes', tls, auth: 'taken', schema: 'does not fit', wrong: violation(failure) };
  if (reason === 'denied' && call.credential === 'user')
    return {
      reachable: 'yes',
      tls,
      auth: 'wants a user',
      schema: '?',
      note: `${status} without a user, as it should be`,
    };
  if (reason === 'denied')
    return {
      reachable: 'yes',
      tls,
      auth: 'refused',
      schema: '?',
      wrong: `it answered ${status}: our key is not taken`,
    };
  if (reason === 'not-found')
    return { reachable: 'yes', tls, auth: 'taken', schema: '?', note: `${status}: it has not got the example` };
  if (status !== undefined) return { reachable: 'yes', tls, auth: '?', schema: '?', wrong: `it answered ${status}` };
  const code = reasonOf(failure);
  if (/CERT|TLS|SSL|SIGNED/.test(code))
    return { reachable: 'yes', tls: 'refused', auth: '?', schema: '?', wrong: `its certificate: ${code}` };
  return { reachable: 'no', tls: '?', auth: '?', schema: '?', wrong: `${reason}: ${code}` };
}

/** Where an answer left its schema first. */
function violation({ cause, message }: CallError): string {
  const [issue] = (cause as { issues?: { path: PropertyKey[]; message: string }[] } | undefined)?.issues ?? [];
  return issue ? `${issue.path.join('.') || 'the answer'}: ${issue.message}` : message;
}

/** If no operation begins with a read of it, the only harmless check is whether it answers. */
async function knock(upstream: string, url: string): Promise<Probe> {
  const began = performance.now();
  const about = { upstream, call: 'its address', auth: '?', schema: '?' } as const;
  const took = () => span(performance.now() - began);
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    await answer.body?.cancel();
    const tls = new URL(url).protocol === 'https:' ? 'yes' : 'none';
    const note = 'no operation begins with a read of it: its schema is not seen';
    return { ...about, reachable: 'yes', tls, took: took(), note };
  } catch (error) {
    const code = reasonOf(error);
    const refused = /CERT|TLS|SSL|SIGNED/.test(code);
    const found = refused ? ({ reachable: 'yes', tls: 'refused' } as const) : ({ reachable: 'no', tls: '?' } as const);
    return { ...about, ...found, took: took(), wrong: code };
  }
}
