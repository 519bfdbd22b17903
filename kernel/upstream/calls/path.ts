import type { Scope } from '#kernel/base/scope.ts';
import { isPrivateId, type Privacy, type PrivateId, plainOf } from '#kernel/identity/private-id.ts';

type Segment = string | number | PrivateId;
type QueryValue = string | number | boolean | undefined | PrivateId;

/** Whether a call made of these values is private: it is as soon as one of them is the principal's own. */
export type PrivacyOf<V> = Extract<V, PrivateId> extends never ? 'public' : 'private';

/** A relative URL whose every value was encoded into one segment or one query value. */
export interface UrlPath<out P extends Privacy = Privacy> {
  readonly privacy: P;
  /** `products/p-000042?limit=8` */
  readonly text: string;
  /** `products/{}`: the path with its values cut out, for labels. */
  readonly template: string;
  /** The scope of the private ids in it. */
  readonly owner: Scope | undefined;
  /** The language that the call asks for, by Accept-Language; undefined where it does not say. */
  readonly language: string | undefined;
  query<const Q extends Readonly<Record<string, QueryValue>>>(values: Q): UrlPath<P | PrivacyOf<Q[keyof Q]>>;
  /** The same path, asked in a language: a BCP 47 tag, which is a part of the call's key. */
  inLanguage(tag: string): UrlPath<P>;
}

class EncodedPath implements UrlPath<Privacy> {
  readonly text: string;
  readonly template: string;
  readonly owner: Scope | undefined;
  readonly language: string | undefined;

  constructor(text: string, template: string, owner: Scope | undefined, language?: string) {
    this.text = text;
    this.template = template;
    this.owner = owner;
    this.language = language;
  }

  get privacy(): Privacy {
    return this.owner === undefined ? 'public' : 'private';
  }

  query(values: Readonly<Record<string, QueryValue>>): UrlPath<never> {
    let { text, owner } = this;
    let separator = text.includes('?') ? '&' : '?';
    for (const key in values) {
      const value = values[key];
      if (value === undefined) continue;
      const plain = isPrivateId(value) ? plainOf(value) : String(value);
      if (isPrivateId(value)) owner = sameOwner(owner, value.scope);
      text += `${separator}${encodeURIComponent(key)}=${encodeURIComponent(plain)}`;
      separator = '&';
    }
    return new EncodedPath(text, this.template, owner, this.language) as unknown as UrlPath<never>;
  }

  inLanguage(tag: string): UrlPath<never> {
    if (!/^[a-z0-9]{1,8}(?:-[a-z0-9]{1,8})*$/i.test(tag))
      throw new TypeError(`${JSON.stringify(tag)} is no language tag, such as de or pt-BR`);
    return new EncodedPath(this.text, this.template, this.owner, tag) as unknown as UrlPath<never>;
  }
}

/**
 * A path below an upstream's base: path`products/${id}/reviews`. Each value becomes exactly one segment, or part of
 * one; what could climb, split or hide (`..`, slashes, control characters, nothing) is refused with a TypeError.
 */
export function path<const V extends readonly Segment[]>(
  strings: TemplateStringsArray,
  ...values: V
): UrlPath<PrivacyOf<V[number]>> {
  let text = STARTS.get(strings) ?? startOf(strings);
  let owner: Scope | undefined;
  for (const [index, value] of values.entries()) {
    const plain = isPrivateId(value) ? plainOf(value) : String(value);
    if (isPrivateId(value)) owner = sameOwner(owner, value.scope);
    text += encodeSegment(plain) + (strings[index + 1] ?? '');
  }
  return new EncodedPath(text, strings.join('{}'), owner) as unknown as UrlPath<PrivacyOf<V[number]>>;
}

/** How the path of a template begins; what is here was validated once. */
const STARTS = new WeakMap<TemplateStringsArray, string>();

/** The literal text goes out as it is written: what can't is the author's mistake, told at the first call. */
function startOf(strings: TemplateStringsArray): string {
  const literal = strings.join('x');
  if (/[^\x21-\x7e]|#/.test(literal) || literal.split(/[/?]/).some((part) => part === '.' || part === '..'))
    throw new TypeError(`${JSON.stringify(strings.join('…'))} can't be a path: write it percent-encoded, without dots`);
  // A path is below the base, with or without a slash before it.
  const start = (strings[0] ?? '').replace(/^\//, '');
  STARTS.set(strings, start);
  return start;
}

/** A path of segments that a library has put together, such as a third party's SDK; each follows the same rules. */
export function pathFromSegments(segments: readonly string[]): UrlPath<'public'> {
  return new EncodedPath(
    segments.map(encodeSegment).join('/'),
    segments.join('/'),
    undefined,
  ) as unknown as UrlPath<'public'>;
}

/** What climbs, splits or hides has no business in an id: it is refused, not encoded, since proxies decode. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNFIT = /^\.{0,2}$|[/\\%\u0000-\u001f\u007f]/;

function encodeSegment(value: string): string {
  if (UNFIT.test(value) || !value.isWellFormed()) {
    throw new TypeError(`${JSON.stringify(value)} can't be a path segment`);
  }
  return encodeURIComponent(value);
}

/** The one owner of two parts of a call. Throws a TypeError where there are two. */
export function sameOwner(owner: Scope | undefined, scope: Scope): Scope {
  if (owner !== undefined && owner !== scope) throw new TypeError('one call carries ids of two principals');
  return scope;
}
