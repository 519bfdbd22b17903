import { isLoopback } from '#config/public-origin.ts';
import { type OpsStatus, OpsStatusView } from '#schemas/view/server/ops-status.ts';

const TIMEOUT_MS = 60_000;

/** Where a server is, and what opens its status. */
interface Server {
  readonly url: string;
  readonly token: string | undefined;
  readonly lane: string | undefined;
}

/** The status of a running server, or why it can't be had. */
export async function askStatus({ url, token, lane }: Server): Promise<OpsStatus | { readonly why: string }> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return { why: `${url} is no http(s) URL.` };
  if (token !== undefined && new URL(url).protocol === 'http:' && !isLoopback(url))
    return { why: `The token is not sent to ${url}: over plain http others could read it. Use https.` };
  const target = new URL('/api/ops/status', url);
  if (lane !== undefined) target.searchParams.set('lane', lane);
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    const answer = await fetch(target, { headers, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (answer.status !== 200) return { why: refusal(answer.status, token, target) };
    const read = OpsStatusView.safeParse(await answer.json());
    return read.success ? read.data : { why: `${target} answers something that is no status of ours.` };
  } catch (error) {
    return { why: `${target} can't be asked: ${reasonOf(error)}.` };
  }
}

function refusal(status: number, token: string | undefined, target: URL): string {
  if (status === 401)
    return token === undefined
      ? `${target} wants a token: set INSPECTOR_TOKEN to the server's.`
      : `${target} takes another token than INSPECTOR_TOKEN here.`;
  if (status === 404)
    return `${target} is not there for us: no INSPECTOR_TOKEN is set on the server, or that lane is not in use.`;
  return `${target} answered ${status}.`;
}

/** The code at the root of an error, such as ECONNREFUSED or CERT_HAS_EXPIRED, else its message. */
export function reasonOf(error: unknown): string {
  let found = '';
  for (let at = error as (Error & { code?: string }) | undefined; at; at = at.cause as typeof at) {
    found = typeof at.code === 'string' ? at.code : found || (at.cause ? '' : at.message);
  }
  return found;
}
