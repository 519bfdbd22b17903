import { z } from 'zod';

/** A word with known values to which more may be added, so that old apps survive new ones. */
export const openWord = (...words: readonly string[]) => z.string().meta({ 'x-extensible-enum': words });
