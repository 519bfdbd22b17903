import { HttpResponse, http } from 'msw';
import { OrderDraft, type OrderPage, type Order as OrderRead } from '#schemas/upstream/orders.ts';
import type { SubjectOf } from './bearer.ts';
import { bodyOf, created, createOnce } from './effects.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { customerOf, type SeedOrder } from './seed/customers.ts';
import { productById } from './seed/products.ts';

const MAX_PAGE_SIZE = 50;
/** Above the ids of the seed. */
const FIRST_NEW = 500_000;

/** `version` grows with each change. */
type Order = OrderRead & { version: number };

const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ errors: [{ message, extensions: { status } }] }, { status }),
  drift: (answer: Order | OrderPage) =>
    'edges' in answer
      ? { nodes: answer.edges.map(({ node }) => node), pageInfo: answer.pageInfo }
      : { ...answer, totalAmountMinor: (answer.totalAmountMinor / 100).toFixed(2) },
  empty: (answer: Order | OrderPage) =>
    'edges' in answer
      ? { edges: [], pageInfo: { hasNextPage: false, endCursor: null } }
      : injection.error(404, 'no such order'),
};
/** What has just been ordered is there, even where all else is gone. */
const ordering: FaultInjection = { ...injection, empty: (answer) => answer };

/** Every customer's orders, newest first; the payments mock reports the outcome of a payment. */
export interface OrderBook {
  ordersOf(subject: string): Order[];
  /** Records a payment's end; resolves with the order's owner and version, if there is such an order. */
  paid(orderId: string, succeeded: boolean): { readonly owner: string; readonly version: number } | undefined;
}

export function createOrderBook(): OrderBook {
  const bySubject = new Map<string, Order[]>();
  return {
    ordersOf(subject) {
      const orders = bySubject.get(subject) ?? customerOf(subject).orders.map(wire);
      bySubject.set(subject, orders);
      return orders;
    },
    paid(orderId, succeeded) {
      for (const [owner, orders] of bySubject) {
        const order = orders.find((one) => one.orderId === orderId);
        if (order === undefined || order.paymentStatus === 'paid') continue;
        order.paymentStatus = succeeded ? 'paid' : 'failed';
        if (succeeded) order.status = 'paid';
        order.version++;
        return { owner, version: order.version };
      }
      return undefined;
    },
  };
}

export function ordersHandlers(conduct: Conduct, subjectOf: SubjectOf, { ordersOf }: OrderBook) {
  const drafts = new Map<string, string>();
  const once = createOnce();
  let next = FIRST_NEW;

  type Resolver = (subject: string) => object | Response | Promise<object | Response>;
  const handle = (request: Request, resolve: Resolver, injected = injection) =>
    misbehave('orders', request, conduct, injected, async () => {
      const subject = await subjectOf(request.headers.get('authorization') ?? undefined);
      return subject === undefined ? injection.error(401, 'no customer by this token') : resolve(subject);
    });

  const placeOrder = (request: Request, subject: string, body: unknown) => {
    const key = request.headers.get('idempotency-key');
    if (!key) return injection.error(400, 'an order needs an idempotency-key');
    const { success, data } = OrderDraft.safeParse(body);
    if (!success) return injection.error(422, 'no whole order');
    const drafted = JSON.stringify([subject, key]);
    const draft = JSON.stringify(data);
    if ((drafts.get(drafted) ?? draft) !== draft) return injection.error(422, 'this key was used for another order');
    drafts.set(drafted, draft);
    return once(request, subject, () => {
      const unknown = data.lines.find(({ productId }) => !productById(productId));
      if (unknown) return injection.error(422, `${unknown.productId} is not sold`);
      const order = orderOf(data, `o-${next++}`);
      ordersOf(subject).unshift(order);
      return order;
    });
  };

  return [
    http.get('*/orders/orders', ({ request }) =>
      handle(request, (subject) => page(ordersOf(subject), new URL(request.url).searchParams)),
    ),
    http.get<{ id: string }>('*/orders/orders/:id', ({ request, params: { id } }) =>
      handle(
        request,
        (subject) => ordersOf(subject).find(({ orderId }) => orderId === id) ?? injection.error(404, 'no such order'),
      ),
    ),
    http.post('*/orders/orders', ({ request }) =>
      created(handle(request, async (subject) => placeOrder(request, subject, await bodyOf(request)), ordering)),
    ),
  ];
}

/** A cursor is an id: it stays valid while orders are placed. */
function page(orders: readonly Order[], query: URLSearchParams): OrderPage | Response {
  const first = Number(query.get('first') ?? 10);
  if (!Number.isInteger(first) || first < 1 || first > MAX_PAGE_SIZE) return injection.error(400, 'bad first');
  const cursor = query.get('after');
  const after = cursor === null ? undefined : Buffer.from(cursor, 'base64url').toString();
  if (after !== undefined && !/^o-[0-9]{6}$/.test(after)) return injection.error(400, 'bad after');
  const left = after === undefined ? orders : orders.filter(({ orderId }) => orderId < after);
  const edges = left.slice(0, first).map((node) => ({ cursor: Buffer.from(node.orderId).toString('base64url'), node }));
  return { edges, pageInfo: { hasNextPage: left.length > first, endCursor: edges.at(-1)?.cursor ?? null } };
}

function orderOf({ lines, currencyCode, shippingAddress, shippingAmountMinor }: OrderDraft, orderId: string): Order {
  return {
    orderId,
    placedAt: new Date().toISOString(),
    status: 'placed',
    version: 1,
    paymentStatus: 'none',
    currencyCode,
    lines: lines.map((line) => ({ ...line, title: productById(line.productId)?.title ?? '' })),
    shippingAmountMinor,
    totalAmountMinor: totalOf(lines, shippingAmountMinor),
    shippingAddress,
    shipmentId: null,
  };
}

function totalOf(lines: Pick<Order['lines'][number], 'quantity' | 'unitAmountMinor'>[], shipping: number): number {
  return lines.reduce((sum, { quantity, unitAmountMinor }) => sum + quantity * unitAmountMinor, shipping);
}

function wire({ id, placedAt, status, version, lines, shippingCents, address, shipmentId }: SeedOrder): Order {
  const { fullName, line1, city, postalCode, countryCode } = address;
  const wireLines = lines.map(({ product, quantity }) => ({
    productId: product.id,
    title: product.title,
    quantity,
    unitAmountMinor: product.cents,
  }));
  return {
    orderId: id,
    placedAt: new Date(placedAt).toISOString(),
    status,
    version,
    paymentStatus: status === 'cancelled' ? 'none' : 'paid',
    currencyCode: 'EUR',
    lines: wireLines,
    shippingAmountMinor: shippingCents,
    totalAmountMinor: totalOf(wireLines, shippingCents),
    shippingAddress: { fullName, line1, city, postalCode, countryCode },
    shipmentId,
  };
}
