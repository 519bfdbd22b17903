import type { UpstreamName } from '#schemas/upstream/scenario.ts';
import { httpUrl, readableFile, type Variable, variable, visible } from '../variable.ts';

/** A secret that never changes: `<NAME>_KEY`, or a variable with a name of its own. */
export interface KeySpec {
  /** The field that it goes in, in lower case; `authorization` if not given. */
  readonly header?: string;
  /** What stands before it there, such as `Bearer`. */
  readonly scheme?: string;
  readonly variable?: string;
  readonly about?: string;
  readonly example?: string;
  /** The key that the mock takes. */
  readonly mock?: string;
}

/** An access token that `<NAME>_TOKEN_URL` gives to our client (RFC 6749 §4.4). */
export interface TokenSpec {
  readonly scope?: string;
  /** Whom the token is for, where its issuer wants to know: by its own word, or by RFC 8707's. */
  readonly audience?: string;
  readonly resource?: string;
  /** Calls in a user's name carry a token that the user's own was exchanged for (RFC 8693). */
  readonly exchange?: boolean;
}

/** How an upstream is told who we are. The secrets are variables of the environment, whose names follow from this. */
export interface CredentialSpec {
  readonly key?: KeySpec;
  readonly token?: TokenSpec;
  /** It asks for our certificate: `<NAME>_TLS_CERT_FILE`, `<NAME>_TLS_KEY_FILE`. */
  readonly mutualTls?: boolean;
}

export type CredentialSpecs = { readonly [name in UpstreamName]?: CredentialSpec };

/** Every upstream that wants to know who we are. Those that are not here ask nobody. */
export const CREDENTIALS: CredentialSpecs = {
  shipping: { key: { scheme: 'Key', mock: 'mock' } },
  payments: {
    key: {
      scheme: 'Bearer',
      variable: 'STRIPE_SECRET_KEY',
      about: 'Our secret key at Stripe, where PAYMENTS_URL is https://api.stripe.com/.',
      example: 'sk_live_a-secret-key',
      mock: 'sk_test_mock',
    },
  },
};

export const keyVariable = (name: string, { variable }: KeySpec): string => variable ?? `${name.toUpperCase()}_KEY`;

/** The variables of some upstreams' credentials. */
export function credentialVariables(specs: CredentialSpecs): Record<string, Variable> {
  const all = Object.entries(specs).flatMap(([name, { key, token, mutualTls }]) => [
    ...(key ? [keyOf(name, key)] : []),
    ...(token ? tokenClientOf(name) : []),
    ...(mutualTls ? certificateOf(name) : []),
  ]);
  return Object.fromEntries(all);
}

const tokenUrl = httpUrl
  .refine((url) => url.username === '' && url.password === '' && url.hash === '')
  .transform(({ href }) => href);

type Named = readonly [name: string, variable: Variable];

const keyOf = (name: string, key: KeySpec): Named => [
  keyVariable(name, key),
  variable(visible, {
    about: key.about ?? `Our secret key at the ${name} upstream.`,
    form: 'a key without spaces',
    example: key.example ?? 'a-secret-key',
    otherwise: key.mock === undefined ? 'none: needed where the upstream is live' : 'a key that the mock takes',
  }),
];

function tokenClientOf(name: string): Named[] {
  const prefix = name.toUpperCase();
  const otherwise = 'none: needed where the upstream is live';
  const either = `none: ${prefix}_CLIENT_SECRET or ${prefix}_CLIENT_KEY_FILE is needed where the upstream is live`;
  return [
    [
      `${prefix}_TOKEN_URL`,
      variable(tokenUrl, {
        about: `The token endpoint that gives us the tokens for ${name} (OAuth 2.0).`,
        form: 'an http(s) URL without credentials or fragment',
        example: 'https://login.example.com/oauth/token',
        otherwise,
      }),
    ],
    [
      `${prefix}_CLIENT_ID`,
      variable(visible, {
        about: `Who we are at ${prefix}_TOKEN_URL.`,
        form: 'a client id without spaces',
        example: 'tributary',
        otherwise,
      }),
    ],
    [
      `${prefix}_CLIENT_SECRET`,
      variable(visible, {
        about: 'The secret of that client.',
        form: 'a secret without spaces',
        example: 'a-long-random-text',
        otherwise: either,
      }),
    ],
    [
      `${prefix}_CLIENT_KEY_FILE`,
      variable(readableFile, {
        about:
          'The private key of that client, in the place of a secret (private_key_jwt): RSA or P-256, PKCS #8 as PEM.',
        form: 'a file that can be read',
        example: `/run/secrets/${name}-client.pem`,
        otherwise: either,
      }),
    ],
  ];
}

function certificateOf(name: string): Named[] {
  const prefix = name.toUpperCase();
  const file = (about: string, what: string, otherwise: string) =>
    variable(readableFile, {
      about,
      form: 'a file that can be read',
      example: `/run/secrets/${name}-${what}.pem`,
      otherwise,
    });
  const needed = 'none: needed where the upstream is live';
  return [
    [
      `${prefix}_TLS_CERT_FILE`,
      file(`The certificate that we show to ${name}, as PEM; read again when it changes.`, 'cert', needed),
    ],
    [`${prefix}_TLS_KEY_FILE`, file('The private key of that certificate, as PEM.', 'key', needed)],
    [`${prefix}_TLS_CA_FILE`, file(`Whose certificate ${name} has, as PEM.`, 'ca', 'whom Node trusts')],
  ];
}
