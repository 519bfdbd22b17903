import { nextEngine } from '#app/engine.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { isRead } from '#kernel/contract/operation.ts';
import { targetFor } from '#kernel/http/address.ts';
import { answer } from '#kernel/http/answer.ts';
import { clientAddressAppended } from '#kernel/http/client-address.ts';
import { nextRequestId } from '#kernel/telemetry/ids.ts';
import { act, seeOther } from '../../../panels/act.ts';

interface Context {
  readonly params: Promise<{ readonly id: string }>;
}

/** Asks an operation what the form says, as whoever has sent it, and leads to the trace of that request. */
export function POST(request: Request, { params }: Context): Promise<Response> {
  return act(request, async (form) => {
    const engine = nextEngine();
    const { id } = await params;
    const operation = engine.operations.find(({ contract }) => contract.id === id);
    if (operation === undefined || !isRead(operation) || operation.contract.cookies)
      return seeOther('/inspector/endpoints');
    const filled = [...form].filter(([, value]) => value !== '');
    const requestId = nextRequestId();
    const given = (name: string) => request.headers.get(name) ?? undefined;
    await answer(engine, engine.routes, {
      method: 'GET',
      target: targetFor(operation, Object.fromEntries(filled)),
      headers: { accept: 'application/json', cookie: given('cookie'), 'x-request-id': requestId },
      body: undefined,
      address: clientAddressAppended(given('x-forwarded-for'), engine.runtime.trustedProxies),
      gone: new Cancellation(),
    });
    return seeOther(`/inspector/requests/${encodeURIComponent(requestId)}`);
  });
}
