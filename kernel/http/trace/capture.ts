import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import type { Made } from '#kernel/http/engine/request-log.ts';
import type { Failed, Read } from '#kernel/http/read/render.ts';
import type { InboundHeaders } from '#kernel/http/request/inbound.ts';
import type { Capture } from '#kernel/telemetry/captures.ts';
import { maskedJson, type ShownField, shownReply, shownRequest } from '#kernel/telemetry/mask.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';

export function madeOf(read: Read | Failed, { operation, principal, requestId }: RequestContext): Made {
  const composedBy = read.by?.requestId ?? ('cachedResponse' in read ? read.cachedResponse?.by : undefined);
  const isOwn = composedBy === requestId;
  const origin = {
    startedAt: read.by?.startedAt,
    composedBy: isOwn ? undefined : composedBy,
    composer: isOwn ? undefined : read.by?.trace,
  };
  if ('thrown' in read) return { ...origin, etag: undefined, view: undefined };
  const { bytes, etag } = read.representation;
  const personal = read.personal || (operation.contract.audience !== 'public' && principal.kind !== 'anonymous');
  return { ...origin, etag, view: { bytes, personal } };
}

/** The trace fields that say how its answer was made; `began` is when the request came, monotonic. */
export function madeFields(
  { startedAt, composedBy, composer, etag }: Made,
  began: number,
): Pick<RequestTrace, 'lead' | 'composedBy' | 'composer' | 'etag'> {
  return {
    ...(startedAt === undefined ? {} : { lead: startedAt - began }),
    ...(composedBy === undefined ? {} : { composedBy }),
    ...(composer === undefined ? {} : { composer }),
    ...(etag === undefined ? {} : { etag }),
  };
}

/** What is recorded of headers and the view where requests are captured, masked. */
export function captured(
  { runtime }: Engine,
  given: InboundHeaders,
  reply: readonly string[],
  view: Made['view'],
): Pick<RequestTrace, 'capture'> {
  if (!runtime.captures) return {};
  const request: ShownField[] = shownRequest(given);
  const shown = view && maskedJson(JSON.parse(Buffer.from(view.bytes).toString()), view.personal ? 'values' : 'named');
  const capture: Capture = { request, reply: shownReply(reply), view: shown };
  return { capture };
}
