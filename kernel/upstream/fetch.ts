import { fetchItem } from './batch.ts';
import type { Call } from './call.ts';
import { type Errand, exchange } from './exchange.ts';
import { type Fetched, hold } from './hold.ts';
import { takeSample } from './sample.ts';

/** Brings a call's value from its upstream, alone or in a batch. Throws faults: `contract` for drift. */
export function fetchCall(call: Call, errand: Errand): Promise<Fetched> {
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
