import { composePersonal } from '#kernel/flow/tools.ts';
import { customers } from '#services/customers.ts';

/** The address that parcels go to, if the customer has named one. */
export const defaultAddress = () =>
  composePersonal(async ({ need }) => {
    const { default_address_id: id } = await need(customers.me());
    return id === null ? undefined : need(customers.address(id));
  });
