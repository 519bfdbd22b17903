import type { Env } from '#config/env.ts';
import type { Runtime } from '#kernel/http/engine/engine.ts';
import { createCredential } from '#services/credentials/credential.ts';
import { tlsIdentity } from '#services/credentials/tls-identity.ts';

/** The upstreams, and how each is told who we are. */
export function upstreamsOf({ upstreams, deadlineScale }: Env, warn: (message: string) => void): Runtime['upstreams'] {
  const all = Object.entries(upstreams).map(([name, { url, mocked, credential }]) => {
    if (credential === undefined) return [name, { url, mocked }] as const;
    const { tls } = credential;
    const ours = createCredential(name, credential, { deadlineScale, warn });
    return [name, { url, mocked, credential: ours, ...(tls && { tls: tlsIdentity(tls) }) }] as const;
  });
  return Object.fromEntries(all);
}
