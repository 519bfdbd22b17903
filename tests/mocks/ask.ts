import { request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Asks a mock as a client of ours would; an answer that the caller no longer waits for rejects. */
export async function ask(
  { port }: { readonly port: number },
  target: string,
  { scenario, post, signal }: { scenario?: string; post?: unknown; signal?: AbortSignal } = {},
): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${port}/${target}`, {
    headers: {
      ...(scenario && { 'x-scenario': scenario }),
      ...(post !== undefined && { 'content-type': 'application/json' }),
    },
    ...(post !== undefined && { method: 'POST', body: JSON.stringify(post) }),
    ...(signal && { signal }),
  });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
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
