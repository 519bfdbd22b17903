import { languageOf } from '#kernel/contract/language.ts';
import type { FieldError } from '#kernel/contract/problem.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { inLanguage } from '#kernel/http/negotiation/language.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { shorten } from '#kernel/http/request/field-error.ts';
import { header } from '#kernel/http/request/inbound.ts';
import { parseInput } from '#kernel/http/request/input.ts';
import { declaredCookies } from '#kernel/identity/cookies.ts';

/** Parses path, query, and the headers that the contract declares. The problem names every field that is wrong. */
export function parseTarget({ runtime }: Engine, context: RequestContext): ProblemDetails | undefined {
  const { operation, parameters, target, inbound } = context;
  const { contract } = operation;
  const path = decodeParameters(parameters);
  const language = languageOf(contract);
  const query = language
    ? inLanguage(language, target.query, header(inbound.headers, 'accept-language'))
    : target.query;
  const input = parseInput(contract.input, path.values, query, contract.parts && ['parts']);
  const parts = partsOf(contract.parts ?? [], target.parts);
  const unknownParts = parts !== undefined && 'slug' in parts ? parts : undefined;
  const errors = [...path.errors, ...target.issues, ...(input.ok ? [] : input.errors)];
  if (!input.ok || errors.length > 0) return invalid([...errors, ...(unknownParts?.errors ?? [])]);
  if (unknownParts) return unknownParts;
  context.input = input.value;
  context.parts = parts && 'asked' in parts ? parts.asked : undefined;
  context.headers = Object.fromEntries((contract.headers ?? []).map((name) => [name, header(inbound.headers, name)]));
  context.cookies = declaredCookies(runtime.cookies, contract.cookies ?? [], header(inbound.headers, 'cookie'));
  return undefined;
}

/** Parameters with their escapes undone; what can't be undone stays as it came and is an error. */
function decodeParameters(raw: Readonly<Record<string, string>>): {
  values: Record<string, string>;
  errors: FieldError[];
} {
  const values: Record<string, string> = {};
  const errors: FieldError[] = [];
  for (const name in raw) {
    const text = raw[name] ?? '';
    try {
      values[name] = decodeURIComponent(text);
    } catch {
      values[name] = text;
      errors.push({ in: 'path', path: name, message: 'has a malformed percent escape', code: 'escape' });
    }
  }
  return { values, errors };
}

function invalid(errors: readonly FieldError[]): ProblemDetails {
  const fields = [...new Set(errors.map(({ path }) => path).filter((path) => path !== ''))];
  const detail = fields.length === 0 ? undefined : `Look at ${fields.join(', ')}.`;
  return { slug: 'invalid-request', errors, ...(detail === undefined ? {} : { detail }) };
}

function partsOf(
  declared: readonly string[],
  names: readonly string[] | undefined,
): { asked: string[] } | ProblemDetails | undefined {
  if (names === undefined) return undefined;
  const asked = [...new Set(names)].sort();
  const unknown = asked.filter((name) => !declared.includes(name));
  if (unknown.length === 0) return { asked };
  const available = declared.length === 0 ? 'It has none.' : `It has ${declared.join(', ')}.`;
  return {
    slug: 'unknown-part',
    detail: `This address has no such part. ${available}`,
    errors: unknown.map((name) => ({
      in: 'query',
      path: 'parts',
      message: `has no part "${shorten(name)}"`,
      code: 'unknown',
    })),
  };
}
