import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type CredentialSpec, type KeySpec, keyVariable, type TokenSpec } from './credentials.ts';

/** Who we are at a token endpoint, by a secret or by the file of a private key, and what we ask it for. */
export interface TokenClient extends TokenSpec {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly clientKeyFile: string | undefined;
}

/** PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/** What an upstream is told, secrets and all: not for logs. */
export interface UpstreamCredential {
  /** A field of every request: name in lower case, and value. */
  readonly field?: readonly [name: string, value: string];
  readonly token?: TokenClient;
  readonly tls?: TlsFiles;
}

/** What is set, and what to say of what is not. */
interface Given {
  /** The value of a variable. */
  readonly text: (variable: string) => string | undefined;
  readonly complain: (issue: string) => void;
  /** Complains that a variable is not set. */
  readonly miss: (variable: string) => void;
}

/** Resolves what one upstream is told. A mock is told a key at most: it asks for no more. */
export function upstreamCredential(
  name: string,
  { key, token, mutualTls }: CredentialSpec,
  mocked: boolean,
  given: Given,
): UpstreamCredential {
  const prefix = name.toUpperCase();
  if (mocked) {
    const secret = key && (given.text(keyVariable(name, key)) ?? key.mock);
    return secret === undefined ? {} : { field: fieldOf(key ?? {}, secret) };
  }
  const needed = (variable: string): string => {
    const value = given.text(variable);
    if (value === undefined) given.miss(variable);
    return value ?? '';
  };
  return {
    ...(key && { field: fieldOf(key, needed(keyVariable(name, key))) }),
    ...(token && { token: { ...token, ...clientOf(prefix, needed, given) } }),
    ...(mutualTls && { tls: filesOf(prefix, needed, given) }),
  };
}

const fieldOf = ({ header = 'authorization', scheme }: KeySpec, secret: string) =>
  [header, scheme === undefined ? secret : `${scheme} ${secret}`] as const;

type Needed = (variable: string) => string;

function clientOf(prefix: string, needed: Needed, { text, complain }: Given): Omit<TokenClient, keyof TokenSpec> {
  const [secret, file] = [`${prefix}_CLIENT_SECRET`, `${prefix}_CLIENT_KEY_FILE`] as const;
  const [clientSecret, clientKeyFile] = [text(secret), text(file)];
  if (clientSecret !== undefined && clientKeyFile !== undefined)
    complain(`${secret} and ${file} are both set: a client has one of them. Drop the other.`);
  if (clientKeyFile === undefined) needed(secret);
  return { url: needed(`${prefix}_TOKEN_URL`), clientId: needed(`${prefix}_CLIENT_ID`), clientSecret, clientKeyFile };
}

/** Files that do not go together are found out at the start, and not by the first call. */
function filesOf(prefix: string, needed: Needed, { text, complain }: Given): TlsFiles {
  const files = {
    cert: needed(`${prefix}_TLS_CERT_FILE`),
    key: needed(`${prefix}_TLS_KEY_FILE`),
    ca: text(`${prefix}_TLS_CA_FILE`),
  };
  if (files.cert !== '' && files.key !== '') {
    try {
      const { cert, key, ca } = files;
      createSecureContext({
        cert: readFileSync(cert),
        key: readFileSync(key),
        ...(ca !== undefined && { ca: readFileSync(ca) }),
      });
    } catch (error) {
      complain(
        `${prefix}_TLS_CERT_FILE, ${prefix}_TLS_KEY_FILE and ${prefix}_TLS_CA_FILE don’t make a TLS client: ${(error as Error).message}. They are PEM, and the key is the certificate’s.`,
      );
    }
  }
  return files;
}
