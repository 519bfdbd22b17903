import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { optional } from '#kernel/flow/section.ts';
import { compose, composePersonal } from '#kernel/flow/tools.ts';
import { type Principal, privateId } from '#kernel/identity/principal.ts';
import { sessionAt } from '#kernel/identity/session.ts';
import { piecesIn } from '#operations/shape/cart.ts';
import { VisitorView } from '#schemas/view/account/visitor.ts';
import { cart } from '#services/cart.ts';
import { identity } from '#services/identity/identity.ts';

/** How many pieces are in the cart: one call, and none for an anonymous visitor. */
const piecesOf = (principal: Principal) =>
  principal.kind === 'anonymous'
    ? compose(async () => 0)
    : composePersonal(async ({ need }) => piecesIn((await need(cart.read(privateId('owner', principal)))).items));

const nameOf = async (principal: Principal) =>
  'session' in principal && principal.kind === 'session' && principal.session
    ? (await sessionAt(identity().sessions, principal.session))?.session.name
    : undefined;

export const getVisitor = operation(
  {
    id: 'getVisitor',
    route: 'GET /api/visitor',
    summary: 'Who is looking, and how much is in their cart: for the head of every page',
    audience: 'either',
    guests: 'known',
    input: z.object({}),
    example: {},
    output: VisitorView,
    deadline: 1_500,
  },
  async (_, { all, principal }) => {
    const [name, { pieces }] = await Promise.all([nameOf(principal), all({ pieces: optional(piecesOf(principal)) })]);
    return {
      signedIn: principal.kind === 'session' || principal.kind === 'bearer',
      ...(name !== undefined && { name }),
      ...(pieces !== undefined && { pieces }),
    };
  },
);
