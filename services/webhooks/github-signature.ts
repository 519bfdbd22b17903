import { verify } from '@octokit/webhooks-methods';
import { textOf } from './signed-text.ts';

const FORM = /^sha256=[0-9a-f]{64}$/;

/** Whether one of the secrets signed this body. GitHub signs no time: what is old is known by its bytes and its version. */
export async function isSignedByGithub(
  secrets: readonly string[],
  header: string | undefined,
  body: Uint8Array,
): Promise<boolean> {
  const text = textOf(body);
  if (header === undefined || text === undefined || !FORM.test(header)) return false;
  for (const secret of secrets) if (await verify(secret, text, header)) return true;
  return false;
}
