import { request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export interface Asked {
  readonly scenario?: string;
  /** POST, where there is a body, unless said otherwise. */
  readonly method?: string;
  readonly post?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Asks a mock as a client of ours would; an answer that the caller no longer waits for rejects. */
export async function ask(
  { port }: { readonly port: number },
  target: string,
  { scenario, post, method = post === undefined ? 'GET' : 'POST', headers, signal }: Asked = {},
): Promise<Answer> {
  const isForm = post instanceof URLSearchParams;
  const answer = await fetch(`http://127.0.0.1:${port}/${target}`, {
    method,
    headers: {
      ...headers,
      ...(scenario && { 'x-scenario': scenario }),
      ...(post !== undefined && !isForm && { 'content-type': 'application/json' }),
    },
    ...(post !== undefined && { body: isForm ? post : JSON.stringify(post) }),
    ...(signal && { signal }),
  });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
}

/** A bearer token as the mocks believe it: nobody has signed it. */
export function bearerOf(subject: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `Bearer ${part({ alg: 'none' })}.${part({ sub: subject })}.c2lnbmVk`;
}

/** A request whose client leaves after so many milliseconds; resolves with whether anything had come by then. */
export function leaveAfter({ port }: { readonly port: number }, target: string, scenario: string, wait: number) {
  return new Promise<'nothing' | 'an answer'>((resolve) => {
    const sent = request({ port, host: '127.0.0.1', path: `/${target}`, headers: { 'x-scenario': scenario } }, () =>
      resolve('an answer'),
    );
    sent.on('error', () => resolve('nothing'));
    sent.end();
    setTimeout(() => sent.destroy(), wait);
  });
}
