import { readFileSync, statSync } from 'node:fs';
import type { TlsFiles } from '#config/upstreams/upstream-credential.ts';
import type { TlsIdentity } from '#kernel/upstream/exchange/credential.ts';

/**
 * What the files of a TLS client hold. They are looked at when asked, and read again when one has changed: a new
 * certificate needs no restart. While they can't be read, as in the middle of a change, what was read before counts.
 */
export function tlsIdentity({ cert, key, ca }: TlsFiles): () => TlsIdentity {
  const read = (): TlsIdentity => ({
    cert: readFileSync(cert),
    key: readFileSync(key),
    ca: ca === undefined ? undefined : readFileSync(ca),
  });
  const version = () =>
    [cert, key, ca].map((file) => (file === undefined ? '' : `${statSync(file).ino} ${statSync(file).mtimeMs}`)).join();
  let seen: { readonly version: string; readonly identity: TlsIdentity } | undefined;
  return () => {
    try {
      const now = version();
      if (seen?.version !== now) seen = { version: now, identity: read() };
    } catch (error) {
      if (seen === undefined) throw error;
    }
    return seen.identity;
  };
}
