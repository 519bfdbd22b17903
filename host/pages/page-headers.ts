import { hash, randomBytes } from 'node:crypto';
import { type Env, environment } from '#config/env.ts';
import { securityFields } from '#kernel/http/security/security-fields.ts';

const NONCE_BYTES = 16;
/** `display:none`, the one style attribute there is: React writes it where a part of an svg comes late. */
const HIDDEN = `'sha256-${hash('sha256', 'display:none', 'base64')}'`;
/** Its script makes style elements and attributes without a nonce. It shows nothing that a visitor has sent. */
const REFERENCE = '/docs';

/** What goes with a page. */
interface PageHeaders {
  /** The Content-Security-Policy (CSP Level 3), with a nonce of its own. */
  readonly policy: string;
  /** Fields of the answer, name and value. */
  readonly answer: readonly (readonly [string, string])[];
}

/** @param pathname of the page */
export function pageHeaders(pathname: string): PageHeaders {
  const env = environment();
  const policy = policyOf(env, randomBytes(NONCE_BYTES).toString('base64'), pathname === REFERENCE);
  return {
    policy,
    answer: [
      ['content-security-policy', policy],
      ['referrer-policy', 'strict-origin-when-cross-origin'],
      ['x-frame-options', 'DENY'],
      ['permissions-policy', 'camera=(), geolocation=(), microphone=()'],
      ['cross-origin-opener-policy', 'same-origin'],
      ...pairsOf(securityFields(env.publicUrl)),
    ],
  };
}

function pairsOf(fields: readonly string[]): (readonly [string, string])[] {
  return fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? ''] as const] : []));
}

function policyOf({ upstreams, dev }: Env, nonce: string, inlineStyles: boolean): string {
  // Pictures come from the catalog's own origin, or from a store that it names.
  const pictures = ["'self'", 'data:', 'https:', new URL(upstreams.catalog.url).origin];
  // React's development build evaluates code to show stacks of the server.
  const scripts = ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'", ...(dev ? ["'unsafe-eval'"] : [])];
  return [
    "default-src 'self'",
    `script-src ${scripts.join(' ')}`,
    ...(dev || inlineStyles
      ? ["style-src 'self' 'unsafe-inline'"]
      : [`style-src 'self' 'nonce-${nonce}'`, `style-src-attr 'unsafe-hashes' ${HIDDEN}`]),
    `img-src ${pictures.join(' ')}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
