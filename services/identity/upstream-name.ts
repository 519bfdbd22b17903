import { pseudonymOf, userScope } from '#kernel/base/scope.ts';

/** A subject that can stand in a path as it is. */
const PLAIN = /^(?!\.{1,2}$)[\w.@|:-]{1,200}$/;

/**
 * What upstreams that trust us call a customer: by the subject of our own issuer. Subjects are unique only within an
 * issuer, so that another issuer's subject, or an invalid name, is replaced by a hash.
 */
export function upstreamName(issuer: string, subject: string, isOurs: boolean): string {
  if (isOurs && PLAIN.test(subject)) return subject;
  return `id-${pseudonymOf(userScope(issuer, subject))}`;
}
