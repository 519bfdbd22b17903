import { HttpResponse, http } from 'msw';

/** What has changed since the seed: prices by product, in cents. */
export interface Changes {
  readonly prices: Map<string, number>;
}

export function createChanges(): Changes {
  return { prices: new Map() };
}

/** The way in for whoever plays the shop's back office: `POST /__control/prices {"id":"p-000042","amountMinor":990}`. */
export function controlHandlers(changes: Changes) {
  return [
    http.post('*/__control/prices', async ({ request }) => {
      const { id, amountMinor } = (await request.json()) as { id: string; amountMinor: number };
      changes.prices.set(id, amountMinor);
      return HttpResponse.json({ id, amountMinor });
    }),
  ];
}
