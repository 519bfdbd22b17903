import { type Env, environment } from '#config/env.ts';
import { isLoopback } from '#config/public-origin.ts';
import { type CookieJar, cookieJar } from '#kernel/identity/cookies.ts';
import type { Sessions } from '#kernel/identity/session.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { openState } from '#services/state/open-state.ts';
import { createLogoutCheck, type LogoutOrder } from './bearer.ts';
import { createProvider, type IdentityProvider } from './provider.ts';
import { stateKeys } from './state-keys.ts';

/** Everything about who is asking, as this environment has it. */
interface Identity {
  readonly provider: IdentityProvider;
  readonly sessions: Sessions;
  readonly cookies: CookieJar;
  readonly publicUrl: string;
  /** The principals of the sessions here. */
  readonly issuer: string;
  /** Checks what the provider sends to `/api/auth/backchannel-logout`. */
  readonly logoutOrder: (token: string) => Promise<LogoutOrder | undefined>;
}

let made: Identity | undefined;

/** Made when it is first needed, by the runtime or by an operation: importing a module opens no file. */
export function identity(env?: Env): Identity {
  made ??= createIdentity(env ?? environment());
  return made;
}

function createIdentity(env: Env): Identity {
  const { publicUrl, identity: settings, dataDir, stateKeys: given, deadlineScale } = env;
  const state = openState(env);
  return {
    provider: createProvider({
      issuer: settings.url,
      clientId: settings.clientId,
      clientSecret: settings.clientSecret,
      redirectUri: `${publicUrl}/api/auth/callback`,
      insecure: isLoopback(settings.url),
      deadlineScale,
    }),
    sessions: {
      state,
      seal: createSeal(stateKeys(given, dataDir)),
      now: Date.now,
    },
    cookies: cookieJar(publicUrl),
    publicUrl,
    issuer: settings.url,
    logoutOrder: createLogoutCheck(settings.url, settings.clientId, deadlineScale),
  };
}
