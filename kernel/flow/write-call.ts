import { type CallError, toCallError, withDetails } from '#kernel/base/call-error.ts';
import type { WireTrace } from '#kernel/telemetry/trace.ts';
import { errorDetailsOf } from '#kernel/upstream/calls/call.ts';
import { startWrite } from './call-flight.ts';
import type { ScopedCall } from './permit.ts';
import { recordCall } from './record-call.ts';

/** Sends a write, and notes whether it may have happened: then what it purges is old. */
export async function writeCall(scoped: ScopedCall, began: number): Promise<unknown> {
  const { call, flow } = scoped;
  flow.dependencies.storable = false;
  const { flight, wire } = startWrite(scoped);
  const noted = (outcome: string) => recordCall(call, flow, { cache: 'uncached', began, outcome, wire });
  try {
    flow.written.add(call);
    const { value } = await flight.join(flow.cancellation);
    noted('ok');
    return value;
  } catch (thrown) {
    const failure = withDetails(toCallError(thrown), errorDetailsOf(call));
    noted(failure.reason);
    if (mayHaveHappened(failure, wire)) failure.outcomeUnknown = true;
    else flow.written.delete(call);
    throw failure;
  }
}

/**
 * A request that was sent may have been carried out, unless its upstream, or something on the way, denies it: with 4xx,
 * or by refusing the connection. A redirect denies nothing: 303 is how many say that it was done (RFC 9110 §15.4.4).
 */
function mayHaveHappened({ unsent, status }: CallError, wire: WireTrace): boolean {
  if (wire.attempts === 0 || unsent) return false;
  return status === undefined || status < 400 || status >= 500;
}
