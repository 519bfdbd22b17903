import { z } from 'zod';
import type { Operation } from '#kernel/contract/operation.ts';
import { targetFor } from '#kernel/http/pages/page.ts';

/** A curl command that asks an operation for its example. What only its user has is left as a shell variable. */
export function curlFor(operation: Operation, publicUrl: string): string {
  const { contract, route } = operation;
  const { audience, body, example, guard, live, writes } = contract;
  const parts = [`curl${live ? ' -N' : ''} '${publicUrl}${targetFor(operation, example)}'`];
  if (route.method !== 'GET') parts.push(`-X ${route.method}`);
  if (audience === 'personal') parts.push(`-H "authorization: Bearer $TOKEN"`);
  if (writes?.match) parts.push(`-H 'if-match: "the ETag of what you have read"'`);
  if (writes?.key === 'required') parts.push(`-H "idempotency-key: $(date +%s)"`);
  if (guard?.kind === 'operator') parts.push(`-H "authorization: Bearer $INSPECTOR_TOKEN"`);
  else if (guard) parts.push(`-H "signature: $SIGNATURE"`);
  if (body?.kind === 'raw') parts.push(`-H 'content-type: ${body.types[0]}'`, `--data-binary @body`);
  else if (body) {
    const type = body.kind === 'mergePatch' ? 'application/merge-patch+json' : 'application/json';
    const sample = JSON.stringify(sampleOf(z.toJSONSchema(body.schema, { io: 'input', unrepresentable: 'any' })));
    parts.push(`-H 'content-type: ${type}'`, `-d '${sample.replaceAll("'", String.raw`'\''`)}'`);
  }
  return parts.join(' \\\n  ');
}

type Json = { readonly [key: string]: unknown };

/** An example for a JSON Schema: its required members, and of each union the first. */
function sampleOf(root: Json): unknown {
  const sample = (schema: Json): unknown => {
    // What has an id stands among the definitions: `#/$defs/Address`.
    if (typeof schema.$ref === 'string')
      return sample((root.$defs as Record<string, Json>)[schema.$ref.slice(8)] ?? {});
    const [choice] = (schema.enum ?? schema.examples ?? []) as unknown[];
    if (choice !== undefined) return choice;
    if ('const' in schema) return schema.const;
    if ('default' in schema) return schema.default;
    const [first] = (schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []) as Json[];
    if (first) return sample(first);
    if (schema.type === 'object') {
      const required = (schema.required ?? []) as string[];
      const properties = (schema.properties ?? {}) as Record<string, Json>;
      return Object.fromEntries(required.map((name) => [name, sample(properties[name] ?? {})]));
    }
    if (schema.type === 'array') return schema.minItems ? [sample((schema.items ?? {}) as Json)] : [];
    if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, Number(schema.minimum ?? 1));
    if (schema.type === 'boolean') return true;
    return schema.type === 'null' ? null : '…';
  };
  return sample(root);
}
