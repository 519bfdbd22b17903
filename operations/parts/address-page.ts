import { composePersonal } from '#kernel/flow/tools.ts';
import { customers } from '#services/customers.ts';
import { NO_CURSOR, positionOf } from '../shape/cursor.ts';
import { orRefuse } from './or-refuse.ts';

/** A page of the customer's addresses, from where the one before it ended. */
export const addressPage = (limit: number, cursor: string | undefined) =>
  composePersonal(({ need }) => {
    const page = need(customers.addresses(limit, positionOf(cursor)));
    return cursor === undefined ? page : orRefuse(page, NO_CURSOR);
  });
