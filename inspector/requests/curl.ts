import type { Operation } from '#kernel/contract/operation.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';

/** A request as a curl command. A secret in it is a variable of the shell that its user fills. */
export function curlOf(
  { method, lane }: RequestTrace,
  target: string,
  operation: Operation | undefined,
  publicUrl: string,
): string {
  const verb = method === 'PAGE' || method === 'LIVE' ? 'GET' : method;
  const parts = [`curl ${quoted(publicUrl + target)}`];
  if (verb === 'HEAD') parts.push('--head');
  else if (verb !== 'GET') parts.push(`-X ${verb}`);
  if (lane !== '') parts.push(`-H ${quoted(`x-scenario: ${lane}`)}`);
  if (operation?.contract.audience === 'personal') parts.push('-H "authorization: Bearer $TOKEN"');
  if (operation?.contract.body && verb !== 'GET')
    parts.push("-H 'content-type: application/json'", '--data @body.json');
  return parts.join(' \\\n  ');
}

/** A word that no shell reads anything into. */
const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
