import { z } from 'zod';
import { created, done, ok } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { required } from '#kernel/flow/section.ts';
import { privateId } from '#kernel/identity/principal.ts';
import { cartOf, contentsOf, takeOver } from '#operations/parts/cart.ts';
import { orRefuse } from '#operations/parts/or-refuse.ts';
import { CartInput, CartLine, CartLineDraft, CartLinePatch, CartView, LineId } from '#schemas/view/cart/cart.ts';
import { cart } from '#services/cart.ts';

const common = { audience: 'either', deadline: 2_500 } as const;
const line = { input: CartInput.extend({ id: LineId }), example: { id: 'l-1' } } as const;

const REFUSED = { 422: ['line-refused', 'The cart does not take this line.'] } as const;
const problems = {
  'line-refused': {
    status: 422,
    title: 'The cart does not take this line',
    meaning: 'The product is not sold, or there would be more than 99 of one product or more than 50 products.',
    whatToDo: 'Ask for a product that is sold, or for less of it.',
    forOperators: 'Nothing is wrong here. The limits are the cart service’s own.',
  },
} as const;

export const getCart = operation(
  {
    ...common,
    id: 'getCart',
    route: 'GET /api/cart',
    summary: 'What somebody has put aside, guests too',
    guests: 'known',
    input: CartInput,
    example: {},
    output: CartView,
  },
  ({ currency }, { all, principal }) =>
    all({ cart: required(cartOf(principal, currency)) }, ({ cart: contents }) => contents),
);

export const addCartLine = operation(
  {
    ...common,
    id: 'addCartLine',
    form: true,
    route: 'POST /api/cart/lines',
    summary: 'Puts something aside; what is there already adds up',
    guests: 'opened',
    input: CartInput,
    example: {},
    body: { kind: 'json', schema: CartLineDraft, limit: 1_000 },
    answers: { 201: CartView },
    problems,
  },
  async ({ currency }, { need, principal, body: { product, quantity }, key }) => {
    await takeOver(principal, { need });
    const owner = privateId('owner', principal);
    const changed = await orRefuse(need(cart.add(owner, product, quantity, key)), REFUSED);
    const contents = changed ?? (await need(cart.read(owner)));
    const added = contents.items.find(({ sku }) => sku === product);
    const view = await need(contentsOf(contents, currency));
    return created(view, {
      at: added === undefined ? '/api/cart' : `/api/cart/lines/${encodeURIComponent(added.lineId)}`,
    });
  },
);

export const getCartLine = operation(
  {
    ...common,
    ...line,
    id: 'getCartLine',
    route: 'GET /api/cart/lines/{id}',
    summary: 'One line of the cart',
    guests: 'known',
    answers: { 200: CartLine },
  },
  async ({ id, currency }, { need, principal }) => {
    const { lines } = await need(cartOf(principal, currency));
    return ok(lines.find((one) => one.id === id) ?? refuse('not-found', 'The cart has no such line.'));
  },
);

export const changeCartLine = operation(
  {
    ...common,
    ...line,
    id: 'changeCartLine',
    form: true,
    route: 'PATCH /api/cart/lines/{id}',
    summary: 'Changes how many of a product are put aside (RFC 7396)',
    guests: 'known',
    body: { kind: 'mergePatch', schema: CartLinePatch, limit: 1_000 },
    answers: { 200: CartView },
    problems,
  },
  async ({ id, currency }, { need, principal, body: { quantity } }) => {
    if (principal.kind === 'anonymous') refuse('not-found', 'The cart has no such line.');
    const owner = privateId('owner', principal);
    const changed = await orRefuse(need(cart.change(owner, id, quantity)), REFUSED);
    const contents = changed ?? (await need(cart.read(owner)));
    return ok(await need(contentsOf(contents, currency)));
  },
);

export const removeCartLine = operation(
  {
    ...common,
    ...line,
    input: z.object({ id: LineId }),
    id: 'removeCartLine',
    form: true,
    route: 'DELETE /api/cart/lines/{id}',
    summary: 'Takes a product out of the cart',
    guests: 'known',
    answers: { 204: undefined },
  },
  async ({ id }, { need, principal }) => {
    if (principal.kind === 'anonymous') refuse('not-found', 'The cart has no such line.');
    await orRefuse(need(cart.remove(privateId('owner', principal), id)));
    return done();
  },
);
