import { streamsEnd } from '#host/process/streams.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { traceCount } from '#kernel/telemetry/trace.ts';
import { refused } from '../panels/allowed.ts';

/** Milliseconds between two checks for new traces, and between heartbeats. */
const POLL_INTERVAL_MS = 300;
const ALIVE = 15_000;
/** Tabs that may follow at once. */
const MAX_STREAMS = 32;

/** Sends a tab, as server-sent events, how many requests were recorded so far, each time that there are more. */
export async function GET(request: Request): Promise<Response> {
  const refusal = await refused(request);
  if (refusal) return refusal;
  const followers = processSingleton('inspector followers', () => ({ count: 0 }));
  // 204 stops an EventSource from reconnecting (HTML §9.2).
  if (followers.count >= MAX_STREAMS || streamsEnd()) return new Response(null, { status: 204 });
  return new Response(follow(followers), {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' },
  });
}

function follow(followers: { count: number }): ReadableStream<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    followers.count--;
  };
  return new ReadableStream({
    start(controller) {
      followers.count++;
      let sentCount = traceCount();
      let at = performance.now();
      const send = (text: string) => controller.enqueue(Buffer.from(text));
      send('retry: 2000\n');
      timer = setInterval(() => {
        if (streamsEnd()) {
          end();
          controller.close();
          return;
        }
        const now = performance.now();
        if (traceCount() === sentCount && now - at < ALIVE) return;
        send(traceCount() === sentCount ? ':\n' : `data: ${traceCount()}\n\n`);
        sentCount = traceCount();
        at = now;
      }, POLL_INTERVAL_MS);
    },
    cancel: end,
  });
}
