import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasBody } from './lingering-response.ts';

/**
 * Tells a client that waits with its body (`Expect: 100-continue`) to send it once somebody reads it. Node would tell it
 * at once; what is refused by its head alone costs no body (RFC 9110 §10.1.1). Who was not told may send the next request
 * in place of the body, so that answer is the last on its connection.
 */
export function continueOnRead(request: IncomingMessage, response: ServerResponse): void {
  if (!hasBody(request)) return;
  const { _read: read } = request;
  const { writeHead } = response;
  request._read = (size) => {
    request._read = read;
    response.writeHead = writeHead;
    if (!response.headersSent) response.writeContinue();
    request._read(size);
  };
  response.writeHead = (...given: unknown[]) => {
    if (!request.complete) response.shouldKeepAlive = false;
    return writeHead.apply(response, given as Parameters<typeof writeHead>);
  };
}
