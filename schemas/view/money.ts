import { z } from 'zod';

/** An amount in the currency's smallest unit, so that nothing is rounded. */
export const Money = z
  .object({
    minor: z.int().nonnegative().meta({ description: 'Amount in the smallest unit', example: 12_900 }),
    currency: z.string().meta({ description: 'ISO 4217', example: 'EUR' }),
  })
  .meta({ id: 'Money' });
export type Money = z.infer<typeof Money>;

/** What a thing costs now, and what it cost before a sale. */
export const Price = z.object({ now: Money, was: Money.optional() }).meta({ id: 'Price' });
export type Price = z.infer<typeof Price>;

const CURRENCIES = ['EUR', 'USD', 'GBP'] as const;
export const Currency = z.enum(CURRENCIES).meta({ description: 'ISO 4217', example: 'EUR' });
export type Currency = z.infer<typeof Currency>;
