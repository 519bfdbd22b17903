import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { TraceExport } from '#config/trace-export.ts';
import { readableSpans } from './readable-spans.ts';
import type { Surroundings } from './span.ts';
import { spanTree } from './span-tree.ts';
import type { SendTraces } from './trace-exporter.ts';

/** Milliseconds in which the exporter gives up, retries and all, and after which its sockets are cut. */
const TIMES = { timeout: 5_000, cutAfter: 7_000 };

/**
 * The way to a collector over OTLP/HTTP, by OpenTelemetry's own exporter, which is loaded here. Its timeout is for a
 * silence: a collector that answers byte by byte holds it for ever, so that the sockets under it are cut by us.
 */
export async function otlpSender(
  to: Pick<TraceExport, 'url' | 'headers' | 'resource'>,
  place: Surroundings,
  { timeout, cutAfter } = TIMES,
): Promise<SendTraces> {
  const [{ OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const agent = to.url.startsWith('https:') ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const exporter = new OTLPTraceExporter({
    url: to.url,
    headers: { ...to.headers },
    timeoutMillis: timeout,
    httpAgentOptions: () => agent,
  });
  const resource = resourceFromAttributes({ ...to.resource });
  const post = (spans: ReadableSpan[]) =>
    new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        agent.destroy();
        reject(new Error(`no answer within ${cutAfter} ms`));
      }, cutAfter).unref();
      exporter.export(spans, ({ code, error }) => {
        clearTimeout(late);
        if (code === 0) resolve();
        else reject(new Error(reasonOf(error)));
      });
    });
  return async (traces) => {
    const spans = traces.flatMap((trace) => {
      const tree = spanTree(trace, place);
      return tree === undefined ? [] : readableSpans(tree, resource);
    });
    if (spans.length > 0) await post(spans);
  };
}

/** A collector's answer may hold anything: of its body nothing goes into the log. */
function reasonOf(error: (Error & { code?: unknown }) | undefined): string {
  if (typeof error?.code === 'number') return `it answered ${error.code}`;
  return error?.message.slice(0, 200) || 'it failed';
}
