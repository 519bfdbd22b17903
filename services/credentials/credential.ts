import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isLoopback } from '#config/public-origin.ts';
import type { TokenClient, UpstreamCredential } from '#config/upstreams/upstream-credential.ts';
import { toCallError } from '#kernel/base/call-error.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import type { Credential, TokenSource } from '#kernel/upstream/exchange/credential.ts';
import { createTokenState, currentToken, type Issued, type TokenState } from './renewed-token.ts';
import { createTokenEndpoint, type TokenEndpoint } from './token-endpoint.ts';
import { noteToken } from './tokens.ts';

/** Users whose exchanged tokens are kept, of one upstream. */
const MAX_EXCHANGED = 5_000;

interface CredentialOptions {
  /** What every timeout is multiplied by. */
  readonly deadlineScale: number;
  readonly warn?: (message: string) => void;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** How an upstream is told who we are, as this environment has it. Nothing is sent before the first call. */
export function createCredential(
  upstream: string,
  { field, token }: UpstreamCredential,
  options: CredentialOptions,
): Credential {
  return { ...(field && { field }), ...(token && tokensFor(upstream, token, options)) };
}

function tokensFor(upstream: string, settings: TokenClient, options: CredentialOptions): Credential {
  const { deadlineScale, warn, now = () => performance.now() } = options;
  const endpoint = createTokenEndpoint(settings, isLoopback(settings.url), deadlineScale);
  const renewal = (obtain: () => Promise<Issued>) => ({ obtain, now, random: Math.random });
  const issue = renewal(() => noting(upstream, endpoint.issue, warn));
  const own: TokenSource = (refused) => currentToken(ownState(upstream), issue, refused);
  if (!settings.exchange) return { own };
  const exchange = (users: string) => noting(upstream, () => endpoint.exchange(users), warn);
  return {
    own,
    exchange: (who, users) => {
      const exchanging = renewal(() => exchanged(exchange, users));
      return (refused) => currentToken(stateOf(upstream, who), exchanging, refused);
    },
  };
}

/** A user's token that the issuer does not take may have been renewed elsewhere: another one is tried, once. */
async function exchanged(exchange: TokenEndpoint['exchange'], users: TokenSource): Promise<Issued> {
  const token = await users();
  try {
    return await exchange(token);
  } catch (thrown) {
    if (toCallError(thrown).reason !== 'denied') throw thrown;
    const other = await users(token);
    if (other === token) throw thrown;
    return exchange(other);
  }
}

/** Takes note of whether there are tokens for an upstream; a user's own fault says nothing of that. */
async function noting(upstream: string, obtain: () => Promise<Issued>, warn?: (message: string) => void) {
  try {
    const issued = await obtain();
    if (noteToken(upstream, undefined)) warn?.(`${upstream} has a token again`);
    return issued;
  } catch (thrown) {
    const { reason, message } = toCallError(thrown);
    if (reason !== 'denied' && noteToken(upstream, message)) warn?.(`${upstream}: ${message}`);
    throw thrown;
  }
}

function ownState(upstream: string): TokenState {
  const states = processSingleton('own tokens', () => new Map<string, TokenState>());
  let state = states.get(upstream);
  if (state === undefined) {
    state = createTokenState();
    states.set(upstream, state);
  }
  return state;
}

/** One state for one user's credential at one upstream, under a hash: who it is can't be read off a key. */
function stateOf(upstream: string, who: string): TokenState {
  const ofUpstreams = processSingleton('exchanged tokens', () => new Map<string, LRUCache<string, TokenState>>());
  let states = ofUpstreams.get(upstream);
  if (states === undefined) {
    states = new LRUCache({ max: MAX_EXCHANGED });
    ofUpstreams.set(upstream, states);
  }
  const key = hash('sha256', who, 'base64url');
  let state = states.get(key);
  if (state === undefined) {
    state = createTokenState();
    states.set(key, state);
  }
  return state;
}
