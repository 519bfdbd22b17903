import { verify } from '@octokit/webhooks-methods';
import { textOf } from './signed-text.ts';

const FORM = /^sha256=[0-9a-f]{64}$/;

/** Whether a header can be GitHub's signature of anything. */
export const maybeGithub = (header: string | undefined): header is string => header !== undefined && FORM.test(header);

/**
 * Whether one of the secrets signed this body. GitHub signs no time: an old one is recognised by its bytes and its
 * version.
 */
export async function isSignedByGithub(
  secrets: readonly string[],
  header: string | undefined,
  body: Uint8Array,
): Promise<boolean> {
  const text = textOf(body);
  if (!maybeGithub(header) || text === undefined) return false;
  for (const secret of secrets) if (await verify(secret, text, header)) return true;
  return false;
}
