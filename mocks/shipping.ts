import { hash } from 'node:crypto';
import { HttpResponse, http } from 'msw';
import { type ShippingRates, ShippingRatesRequest, type ShippingTracking } from '#schemas/upstream/shipping.ts';
import { bodyOf } from './effects.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { type SeedOrder, shippedAs } from './seed/customers.ts';

const CARRIER = 'Nordpost';
const HOUR = 3_600;
/** Countries next door; the rest of the world is further and dearer. */
const NEAR: readonly string[] = ['NO', 'SE', 'DK', 'FI', 'NL', 'DE', 'PL', 'FR', 'GB'];

/** Cents to begin with and a kilogram. */
const SERVICES = [
  { id: 'economy', carrier: 'Slowfreight', base: 290, perKilogram: 60, days: { min: 4, max: 8 } },
  { id: 'standard', carrier: CARRIER, base: 490, perKilogram: 110, days: { min: 2, max: 4 } },
  { id: 'express', carrier: 'Kite Couriers', base: 1_290, perKilogram: 240, days: { min: 1, max: 1 } },
] as const;

const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ error: { type: `E${status}`, message } }, { status }),
  drift: (answer: ShippingRates | ShippingTracking) =>
    'rates' in answer
      ? { ...answer, rates: Object.fromEntries(answer.rates.map((rate) => [rate.service, rate])) }
      : { tracking: [answer.tracking] },
  empty: (answer: ShippingRates | ShippingTracking) =>
    'rates' in answer ? { ...answer, rates: [] } : { tracking: { ...answer.tracking, events: [] } },
};

export function shippingHandlers(conduct: Conduct) {
  const handle = (request: Request, resolve: () => object | Promise<object>) =>
    misbehave('shipping', request, conduct, injection, () =>
      /^Key \S+$/.test(request.headers.get('authorization') ?? '') ? resolve() : injection.error(401, 'no key'),
    );
  return [
    http.post('*/shipping/v2/rates', ({ request }) =>
      handle(request, async () => {
        const { success, data } = ShippingRatesRequest.safeParse(await bodyOf(request));
        return success ? rates(data) : injection.error(422, 'no parcels, or nowhere to send them');
      }),
    ),
    http.get<{ id: string }>('*/shipping/v2/trackings/:id', ({ request, params: { id } }) =>
      handle(request, () => {
        const order = shippedAs(id);
        return order ? tracking(order, id) : injection.error(404, 'no such shipment');
      }),
    ),
  ];
}

function rates(wanted: ShippingRatesRequest): ShippingRates & { request_id: string } {
  const { to, parcels } = wanted;
  const id = hash('sha256', JSON.stringify(wanted)).slice(0, 12);
  const isNear = NEAR.includes(to.country);
  const kilograms = parcels.reduce((sum, { weight_grams }) => sum + Math.ceil(weight_grams / 1_000), 0);
  return {
    request_id: `req_${id}`,
    rates: SERVICES.map(({ id: service, carrier, base, perKilogram, days }) => ({
      rate_id: `rate_${id}_${service}`,
      carrier,
      service,
      amount: (((base + perKilogram * kilograms) * (isNear ? 1 : 3)) / 100).toFixed(2),
      currency: 'EUR',
      est_days: isNear ? days : { min: days.min * 2, max: days.max * 3 },
    })),
  };
}

function tracking(
  { placedAt, status, address }: SeedOrder,
  id: string,
): ShippingTracking & { tracking: { shipment_id: string; events: { code: string }[] } } {
  const sent = Math.floor(placedAt / 1_000) + 20 * HOUR;
  const { city } = address;
  const events = [
    { at: sent, code: 'ACCEPTED', place: 'Oslo', text: 'Handed over by the sender' },
    { at: sent + 9 * HOUR, code: 'SORTED', place: 'Oslo', text: 'Sorted at the terminal' },
    { at: sent + 31 * HOUR, code: 'ARRIVED', place: city, text: 'Arrived at the local depot' },
    { at: sent + 46 * HOUR, code: 'OUT', place: city, text: 'Out for delivery' },
    { at: sent + 51 * HOUR, code: 'DELIVERED', place: city, text: 'Handed to the recipient' },
  ];
  const isDelivered = status === 'delivered';
  return {
    tracking: {
      shipment_id: id,
      carrier: CARRIER,
      status: isDelivered ? 'delivered' : 'in_transit',
      events: isDelivered ? events : events.slice(0, 3),
    },
  };
}
