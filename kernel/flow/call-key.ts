import type { z } from 'zod';
import { lengthPrefixed, readLengthPrefixed } from '#kernel/base/json/json-value.ts';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { credentialIdOf, type Principal } from '#kernel/identity/principal.ts';
import type { Call, RequestSpec } from '#kernel/upstream/calls/call.ts';
import { fingerprint } from '#kernel/upstream/calls/fingerprint.ts';

/** Equal keys mean equal calls: upstream, request, schema, scope and credential. The lane has a cache of its own. */
export function keyOf(call: Call, scope: Scope, principal: Principal): string {
  return prefixOf(call, scope, principal) + lengthPrefixed(partsOf(call.request));
}

function partsOf(request: RequestSpec): readonly string[] {
  if ('batch' in request) return [request.batch.batch.name, request.batch.item, request.batch.argsKey];
  const { method, path, body = '', fields, graphql } = request.single;
  const parts = [method, path, body];
  if (fields !== undefined) parts.push(...fields);
  // Calls may want different members of one document. An empty name can't collide with a header field.
  if (graphql?.root !== undefined) parts.push('', graphql.root);
  return parts;
}

/** What the keys of all public calls with one schema begin with: most schemas are those of one upstream. */
const publicPrefixes = new WeakMap<z.ZodType, { readonly upstream: string; readonly prefix: string }>();

function prefixOf(call: Call, scope: Scope, principal: Principal): string {
  const { upstream, schema, credential } = call;
  const isPublic = scope === PUBLIC && credential === undefined;
  const cached = isPublic ? publicPrefixes.get(schema) : undefined;
  if (cached?.upstream === upstream.name) return cached.prefix;
  const user = credential === 'user' ? `user:${credentialIdOf(principal)}` : '';
  const prefix = lengthPrefixed([upstream.name, fingerprint(schema), scope, user]);
  if (isPublic) publicPrefixes.set(schema, { upstream: upstream.name, prefix });
  return prefix;
}

/** A key as people can read it. */
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
