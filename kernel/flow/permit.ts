import { callError } from '#kernel/base/call-error.ts';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { credentialOf, scopeOf } from '#kernel/identity/principal.ts';
import { baggageIn } from '#kernel/telemetry/context/trace-context.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import { keyOf } from './call-key.ts';
import type { Flow } from './flow.ts';

/** A call of one request, the scope that may see its value, and the key under which equal calls share it. */
export interface ScopedCall {
  readonly call: Call;
  readonly flow: Flow;
  readonly scope: Scope;
  readonly key: string;
}

/** Permits a call. Throws `denied` if the user's credential is missing, and `internal` if code got past the types. */
export function scopeCall(call: Call, flow: Flow): ScopedCall {
  const scope = permit(call, flow);
  const key = keyOf(call, scope, flow.principal);
  const baggage = carriesBaggage(call) ? baggageIn(flow.trace.fields) : undefined;
  return { call, flow, scope, key: baggage === undefined ? key : key + lengthPrefixed([BAGGAGE, baggage]) };
}

const BAGGAGE = 'baggage';

/**
 * Whether the client's baggage goes to the upstream: not with a batch, nor with a public read, whose value all clients
 * share. Baggage is part of the key, and no client may split the cache of public values.
 */
export const carriesBaggage = ({ privacy, request }: Call): boolean =>
  'single' in request && (privacy !== 'public' || !request.single.isRead);

/** The scope under which a call may be made, or an `internal` error: the last guard if all types were bypassed. */
function permit(call: Call, flow: Flow): Scope {
  if (call.privacy === 'public') return PUBLIC;
  flow.dependencies.storable = false;
  if (flow.audience === 'public') throw callError('internal', `${call.label} is private, the operation public`);
  if (flow.principal.kind === 'anonymous') {
    throw callError('denied', 'no user is signed in', { credential: 'user', status: 401 });
  }
  const scope = scopeOf(flow.principal);
  if (call.credential === 'user' && credentialOf(flow.principal) === undefined) {
    throw callError('denied', 'the principal has no credential of its own', { credential: 'user', status: 401 });
  }
  if (call.owner !== undefined && call.owner !== scope) {
    throw callError('internal', `${call.label} carries an id of another principal`);
  }
  return scope;
}
