/** A browser without a screen: it keeps cookies by host and follows nothing by itself. */
export interface Visitor {
  get(url: string, headers?: Record<string, string>): Promise<Visit>;
  send(
    method: string,
    url: string,
    options?: { json?: unknown; body?: string; headers?: Record<string, string> },
  ): Promise<Visit>;
  /** Follows redirects from an address until there are none, or until one leads to a path that `stop` takes. */
  follow(url: string, stop?: (url: URL) => boolean): Promise<Visit>;
  /** The cookies of a host, by name. */
  cookies(host: string): Map<string, string>;
}

export interface Visit {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  json(): Record<string, unknown>;
}

const MOST_REDIRECTS = 12;

export function visitor(): Visitor {
  const jars = new Map<string, Map<string, string>>();
  const cookies = (host: string) => {
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };

  const request = async (url: string, init: RequestInit): Promise<Visit> => {
    const { host } = new URL(url);
    const jar = cookies(host);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    const text = await answer.text();
    return { url, status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) };
  };

  const self: Visitor = {
    cookies,
    get: (url, headers = {}) => request(url, { headers }),
    send: (method, url, { json, body: text, headers = {} } = {}) => {
      const sent = json === undefined ? text : JSON.stringify(json);
      const body = sent === undefined ? {} : { body: sent };
      const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' };
      const proof = { origin: new URL(url).origin, 'sec-fetch-site': 'same-origin', 'x-csrf': '1' };
      return request(url, { method, ...body, headers: { ...type, ...proof, ...headers } });
    },
    async follow(url, stop = () => false) {
      let visit = await self.get(url);
      for (let hops = 0; hops < MOST_REDIRECTS; hops++) {
        const location = visit.headers.get('location');
        if (location === null) return visit;
        const next = new URL(location, visit.url);
        if (stop(next)) return visit;
        visit = await self.get(next.href);
      }
      throw new Error(`more than ${MOST_REDIRECTS} redirects from ${url}`);
    },
  };
  return self;
}

/** Signs in at the mock provider, as one of its customers or as anybody else; ends with the redirect to the page that was wanted. */
export async function signIn(who: Visitor, host: string, subject: string, returnTo = '/'): Promise<Visit> {
  const page = await who.follow(`${host}/api/auth/login?return=${encodeURIComponent(returnTo)}`);
  // Whoever is signed in at the provider already is not asked again.
  if (!page.url.includes('/identity/sign-in/')) return page;
  return who.follow(
    `${page.url}/as/${subject}`,
    ({ origin, pathname }) => origin === host && pathname !== '/api/auth/callback',
  );
}
