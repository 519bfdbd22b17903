const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a URL names this machine and no other. */
export function isLoopback(url: string): boolean {
  return LOOPBACK.test(new URL(url).hostname);
}

/**
 * Where a browser should go that came by another name of this machine: cookies and the identity provider know us by
 * PUBLIC_URL. Undefined if the name is right, and on any other machine, which has no other name. A proxy may terminate
 * TLS for us and write the port out, so only host and port are compared, by PUBLIC_URL's scheme.
 */
export function movedTo(publicUrl: string, host: string, target: string): string | undefined {
  const base = new URL(publicUrl);
  const asked = `${base.protocol}//${host}`;
  if (!isLoopback(publicUrl) || !URL.canParse(asked) || !isLoopback(asked)) return undefined;
  const here = new URL(asked);
  return here.host !== base.host && here.port === base.port ? publicUrl + target : undefined;
}
