import { z } from 'zod';

/** The languages that there are texts in, as BCP 47 tags. */
const LOCALES = ['en', 'de'] as const;
/** What pages of the shop are written in, and who asks for nothing gets. */
export const DEFAULT_LOCALE = 'en' as const satisfies Locale;

export const Locale = z
  .enum(LOCALES)
  .meta({ description: 'BCP 47. Where it is not given, Accept-Language chooses', example: 'de' });
export type Locale = z.infer<typeof Locale>;
