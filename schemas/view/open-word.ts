import { z } from 'zod';

/** A word of which some are known and others may come, so that old apps survive new ones. */
export const openWord = (...words: readonly string[]) => z.string().meta({ 'x-extensible-enum': words });
