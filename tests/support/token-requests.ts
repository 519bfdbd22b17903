import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

interface Listeners {
  readonly asked: () => void;
  readonly answered: (status: number) => void;
}

/** Follows what the issuers of this process are asked and answer at their token endpoints; returns what ends it. */
export function followTokenRequests({ asked, answered }: Listeners): () => void {
  const begun = (message: unknown) => {
    if (isForTokens((message as { request: IncomingMessage }).request)) asked();
  };
  const ended = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (isForTokens(request)) answered(response.statusCode);
  };
  const [started, finished] = [channel('http.server.request.start'), channel('http.server.response.finish')];
  started.subscribe(begun);
  finished.subscribe(ended);
  return () => {
    started.unsubscribe(begun);
    finished.unsubscribe(ended);
  };
}

const isForTokens = (request: IncomingMessage) =>
  ((request as { originalUrl?: string }).originalUrl ?? request.url ?? '').endsWith('/token');
