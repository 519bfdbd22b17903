import { isLoopback } from './env-variables.ts';

/**
 * Where a browser should be instead that came by another name of this machine: cookies and the identity provider know us
 * by PUBLIC_URL. Undefined where it is right, and on any other machine: there nobody reaches us by a name that is not ours.
 */
export function movedTo(publicUrl: string, host: string, target: string): string | undefined {
  const here = `http://${host}`;
  if (here === publicUrl || !isLoopback(publicUrl) || !URL.canParse(here) || !isLoopback(here)) return undefined;
  return new URL(here).port === new URL(publicUrl).port ? publicUrl + target : undefined;
}
