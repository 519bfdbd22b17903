import { composePersonal } from '#kernel/flow/tools.ts';
import { customers } from '#services/customers.ts';
import { positionOf } from '../shape/cursor.ts';
import { pageFrom, whereNext } from './where-next.ts';

/** A page of the customer's addresses, from where the one before it ended. */
export const addressPage = (limit: number, cursor: string | undefined) =>
  composePersonal(async ({ need, all }) => {
    const from = positionOf(cursor);
    const { addresses, next_page_token: next } = await pageFrom(from, need(customers.addresses(limit, from)));
    const onward = { upstream: 'customers', more: next !== null, next, from };
    return { addresses, onward: await whereNext(onward, { all }) };
  });
