import { HttpResponse, http } from 'msw';
import { z } from 'zod';
import { UpstreamEvent } from '#schemas/upstream/event.ts';
import { type Receiver, sendEvent } from './sender.ts';

/** What has changed since the seed: prices by product, in cents. */
export interface Changes {
  readonly prices: Map<string, number>;
}

export function createChanges(): Changes {
  return { prices: new Map() };
}

const ChangeNotice = z.object({
  type: UpstreamEvent.shape.type,
  object: UpstreamEvent.shape.object.omit({ version: true }),
  /** Of `pricing.price.changed`: the new price. */
  amountMinor: z.int().min(0).optional(),
});

/**
 * For playing the shop's back office. `POST /__control/prices {"id":"p-000042","amountMinor":990}` changes a price
 * without a webhook; `POST /__changes {"type":"pricing.price.changed","object":{"id":"p-000042"},"amountMinor":990}`
 * sends the webhook too.
 */
export function controlHandlers(changes: Changes, receiver: Receiver | undefined) {
  let last = 0;
  return [
    http.post('*/__control/prices', async ({ request }) => {
      const { id, amountMinor } = (await request.json()) as { id: string; amountMinor: number };
      changes.prices.set(id, amountMinor);
      return HttpResponse.json({ id, amountMinor });
    }),
    http.post('*/__changes', async ({ request }) => {
      const notice = ChangeNotice.safeParse(await request.json().catch(() => undefined));
      if (!notice.success) return HttpResponse.json({ message: z.prettifyError(notice.error) }, { status: 400 });
      const { type, object, amountMinor } = notice.data;
      if (type === 'pricing.price.changed' && amountMinor !== undefined) changes.prices.set(object.id, amountMinor);
      if (receiver === undefined) return HttpResponse.json({ message: 'there is no receiver' }, { status: 409 });
      // Rises for every object, and from one start of the mocks to the next.
      last = Math.max(last + 1, Date.now());
      try {
        return HttpResponse.json(await sendEvent(receiver, { type, object: { ...object, version: last } }));
      } catch (error) {
        return HttpResponse.json({ message: `${receiver.url} can't be told: ${error}` }, { status: 502 });
      }
    }),
  ];
}
