import type { LRUCache } from 'lru-cache';
import { processSingleton } from '#kernel/base/registry.ts';
import { type Language, languageOf } from '#kernel/contract/language.ts';
import type { Contract, Operation } from '#kernel/contract/operation.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { chooseLanguage } from '#kernel/http/negotiation/language.ts';
import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';

/**
 * Response keys by raw request target. Where Accept-Language has a say, a target leads to the languages that there are,
 * and `<tag> <target>` to the key: no target has a blank.
 */
export type ResponseKeys = LRUCache<string, string | Language>;

/** The key of the response to a target; undefined if it takes the long path to find it. */
export function responseKeyOf(keys: ResponseKeys, target: string, headers: InboundHeaders): string | undefined {
  const found = keys.get(target);
  if (found === undefined || typeof found === 'string') return found;
  const key = keys.get(inTag(chooseLanguage(header(headers, 'accept-language'), found), target));
  return typeof key === 'string' ? key : undefined;
}

/** Remembers the key of a cached response by its target, unless the response depends on a header that no hit checks. */
export function rememberKey(keys: ResponseKeys, context: RequestContext, key: string): void {
  const { contract } = context.operation;
  if (!dependsOnTarget(contract)) return;
  const { target } = context.inbound;
  const language = languageOf(contract);
  if (language === undefined || Object.hasOwn(context.target.query, language.field)) keys.set(target, key);
  else {
    keys.set(target, language);
    keys.set(inTag((context.input as Record<string, string>)[language.field] ?? '', target), key);
  }
}

const inTag = (tag: string, target: string) => `${tag} ${target}`;

/** Whether the response depends only on the request target, and on headers that every hit checks. */
function dependsOnTarget({ headers = [], apps, deprecated }: Contract): boolean {
  return headers.length === 0 && !apps && !deprecated;
}

const numbers = new WeakMap<Operation, string>();

/**
 * Which code composed an answer. In production a process has one generation; in development every evaluation of an
 * operation's module begins a new one, so that no answer of old code is served by new code.
 */
export function generationOf(operation: Operation, dev: boolean): string {
  if (!dev) return '';
  let generation = numbers.get(operation);
  if (generation === undefined) {
    const counter = processSingleton('generations', () => ({ last: 0 }));
    generation = String(++counter.last);
    numbers.set(operation, generation);
  }
  return generation;
}
