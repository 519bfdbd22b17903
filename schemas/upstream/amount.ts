import { z } from 'zod';

// Bounds that no honest answer comes near, and that leave every sum and product of them a whole number.

/** Money in the currency's smallest unit. */
export const Minor = z.int().nonnegative().max(1e12);

/** How many of one thing. */
export const Count = z.int().nonnegative().max(1e9);
