/** The states of an order in words; one that we do not know yet is shown as it is. */
export const STATES: Readonly<Record<string, string>> = {
  placed: 'Placed',
  paid: 'Paid',
  packed: 'Packed',
  shipped: 'On its way',
  delivered: 'Delivered',
  cancelled: 'Cancelled',
};

/** The states that an order goes through. */
export const STEPS: readonly string[] = ['placed', 'paid', 'packed', 'shipped', 'delivered'];

/** The state of the last payment, for customers. */
export const PAYMENTS: Readonly<Record<string, string>> = {
  none: 'Not paid yet',
  failed: 'The last payment did not go through',
  paid: 'Paid',
};
