import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { cookieOf } from '#kernel/identity/cookies.ts';
import type { Engine } from './engine.ts';

/** The base name of the cookie that takes all requests of a browser into a lane. */
export const SCENARIO_COOKIE = 'scenario';

/** The scenario that a request asks for, and where it says so. */
export interface ScenarioAsked {
  readonly text: string;
  readonly from: 'header' | 'address' | 'cookie';
}

/**
 * The scenario of a request: of its header, its query or its cookie, in this order. If no upstream is mocked, query and
 * cookie are ignored: a link or a cookie of another site must not break what is live.
 */
export function scenarioAsked(
  runtime: Pick<Engine['runtime'], 'cookies' | 'scenarios'>,
  headers: InboundHeaders,
  query: string | undefined,
): ScenarioAsked | undefined {
  const named = header(headers, 'x-scenario');
  if (named) return { text: named, from: 'header' };
  if (named !== undefined || runtime.scenarios.playable === false) return undefined;
  if (query !== undefined) return query === '' ? undefined : { text: query, from: 'address' };
  const cookie = cookieOf(header(headers, 'cookie'), runtime.cookies.name(SCENARIO_COOKIE));
  return cookie === undefined || cookie === '' || cookie === 'twice'
    ? undefined
    : { text: decoded(cookie), from: 'cookie' };
}

/** What a cookie says; what can't be decoded stays as it came. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
