import { canonicalJson, lengthPrefixed } from '#kernel/base/canonical.ts';
import { toFault } from '#kernel/base/fault.ts';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { fetchItem } from './batch.ts';
import type { Call } from './call.ts';
import { type Errand, exchange } from './exchange.ts';
import { type Fetched, hold } from './hold.ts';
import { noteRest, restOf } from './rest.ts';
import { takeSample } from './sample.ts';
import { upstreamState } from './state.ts';

/** Brings a call's value from its upstream, alone or in a batch. Throws faults: `contract` for drift. */
export async function fetchCall(call: Call, errand: Errand): Promise<Fetched> {
  const { rests } = upstreamState(errand.lane, call.upstream.name);
  const name = nameOf(call, errand.whose);
  const resting = restOf(rests, name, performance.now());
  if (resting) throw resting;
  try {
    return await fetchAnew(call, errand);
  } catch (thrown) {
    noteRest(rests, name, toFault(thrown), performance.now());
    throw thrown;
  }
}

/** What is asked, and for whom: one customer's limit is not another's. What travels together rests together. */
function nameOf({ order, privacy }: Call, whose: Scope): string {
  const what =
    'single' in order
      ? [order.single.method, order.single.path]
      : [order.batch.batch.name, canonicalJson(order.batch.args)];
  return lengthPrefixed([privacy === 'private' ? whose : PUBLIC, ...what]);
}

function fetchAnew(call: Call, errand: Errand): Promise<Fetched> {
  const { order, upstream } = call;
  if ('batch' in order) return fetchItem(call, order.batch, errand);
  return exchange(upstream, order.single, errand).then(({ json, size }) => {
    const began = performance.now();
    takeSample(errand.sample, json, size);
    const value = hold(call.schema, json, upstream.name, call.label, errand);
    errand.wire.parse += performance.now() - began;
    return { value, size };
  });
}
