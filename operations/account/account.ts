import { operation } from '#kernel/contract/operation.ts';
import { optional, subject } from '#kernel/flow/section.ts';
import { defaultAddress } from '#operations/parts/default-address.ts';
import { suggestedCards } from '#operations/parts/suggested.ts';
import { toAddress } from '#operations/shape/address.ts';
import { toOrderSummary } from '#operations/shape/order.ts';
import { AccountInput, AccountView } from '#schemas/view/account/account.ts';
import { customers } from '#services/customers.ts';
import { orders } from '#services/orders.ts';

const RECENT = 3;

export const getAccount = operation(
  {
    id: 'getAccount',
    route: 'GET /api/account',
    summary: 'Everything that a customer’s own page shows',
    audience: 'personal',
    input: AccountInput,
    example: {},
    output: AccountView,
    parts: ['address', 'orders', 'suggested'],
    deadline: 2_000,
  },
  ({ currency }, { all, principal }) =>
    all(
      {
        customer: subject(customers.me()),
        address: optional(defaultAddress()),
        orders: optional(orders.page(RECENT)),
        suggested: optional(suggestedCards(principal, currency)),
      },
      ({ customer, address, orders: page, suggested }) => ({
        name: `${customer.given_name} ${customer.family_name}`,
        email: customer.email,
        ...(customer.phone !== null && { phone: customer.phone }),
        memberSince: customer.member_since,
        tier: customer.segment,
        ...(address && { address: toAddress(address) }),
        ...(page && { orders: page.edges.map(({ node }) => toOrderSummary(node)) }),
        ...(suggested && { suggested }),
      }),
    ),
);
