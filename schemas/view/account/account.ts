import { z } from 'zod';
import { ProductCard } from '#schemas/view/catalog/product-card.ts';
import { Currency } from '#schemas/view/money.ts';
import { openWord } from '#schemas/view/open-word.ts';
import { OrderSummary } from '#schemas/view/orders/order.ts';
import { AddressView } from './address.ts';

export const AccountInput = z.object({ currency: Currency.default('EUR') });

/** Everything that a customer's own page shows, in one request. */
export const AccountView = z
  .object({
    name: z.string(),
    email: z.string(),
    phone: z.string().optional(),
    memberSince: z.iso.datetime(),
    tier: openWord('standard', 'gold'),
    address: AddressView.optional(),
    orders: z.array(OrderSummary).optional(),
    suggested: z.array(ProductCard).optional(),
  })
  .meta({ id: 'Account' });
export type AccountView = z.infer<typeof AccountView>;
