import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether openssl is here, which makes the certificates: Node alone makes none. */
export const hasOpenssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** An authority of this test alone, in a folder of its own. */
export interface Authority {
  readonly ca: string;
  /** The files of a new key and a certificate for a name on 127.0.0.1. */
  issue(name: string): { readonly cert: string; readonly key: string };
  /** Puts other files in the place of these. */
  replace(
    files: { readonly cert: string; readonly key: string },
    by: { readonly cert: string; readonly key: string },
  ): void;
  remove(): void;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-tls-'));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  openssl('req', '-x509', ...EC, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority');
  writeFileSync(file('names.cnf'), 'subjectAltName=IP:127.0.0.1\n');
  return {
    ca: file('ca.pem'),
    issue(name) {
      openssl('req', ...EC, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names.cnf'];
      openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', '2', ...signer);
      return { cert: file(`${name}.pem`), key: file(`${name}.key`) };
    },
    replace(files, by) {
      for (const part of ['cert', 'key'] as const) {
        copyFileSync(by[part], `${files[part]}.new`);
        renameSync(`${files[part]}.new`, files[part]);
      }
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
