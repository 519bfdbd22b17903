import { canonicalJson, lengthPrefixed, readLengthPrefixed } from '#kernel/base/json/json-value.ts';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { credentialIdOf, type Principal } from '#kernel/identity/principal.ts';
import type { Call, WireRequest } from '#kernel/upstream/calls/call.ts';
import { fingerprint } from '#kernel/upstream/calls/fingerprint.ts';

/** Equal keys mean equal calls: upstream, request, schema, scope and credential. The lane has a cache of its own. */
export function keyOf(call: Call, scope: Scope, principal: Principal): string {
  const { request, upstream, schema } = call;
  const credential = call.credential === 'user' ? `user:${credentialIdOf(principal)}` : '';
  const parts =
    'single' in request
      ? [
          request.single.method,
          request.single.path,
          request.single.body ?? '',
          ...(request.single.fields ?? []),
          ...rootOf(request.single),
        ]
      : [request.batch.batch.name, request.batch.item, canonicalJson(request.batch.args)];
  return lengthPrefixed([upstream.name, fingerprint(schema), scope, credential, ...parts]);
}

/** Of one document, several members may be asked for. No header field has an empty name. */
const rootOf = ({ graphql }: WireRequest) => (graphql?.root === undefined ? [] : ['', graphql.root]);

/** What a key says to people. */
export interface CallDescription {
  readonly upstream: string;
  readonly personal: boolean;
  /** `GET products/p-000042`, or `quotes p-000042 {"currency":"EUR"}`; of what is one principal's only its beginning. */
  readonly call: string;
}

/** Reads a key back, without personal data. */
export function describeKey(key: string): CallDescription {
  const [upstream = '', , scope, , first = '', second = '', third = ''] = readLengthPrefixed(key) ?? [];
  if (scope !== PUBLIC) return { upstream, personal: true, call: `${first} ${second.split(/[/?]/, 1)[0]}/…` };
  const more = third === '' || third === '{}' ? '' : ` ${third}`;
  return { upstream, personal: false, call: `${first} ${second}${more}` };
}
