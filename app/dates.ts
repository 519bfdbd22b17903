const DAY = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' });
const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

/** `November 23, 2026` */
export const day = (iso: string): string => DAY.format(new Date(iso));

/** `Nov 23, 2026, 8:05 AM UTC`: a page that is made on the server does not know its reader's clock. */
export const moment = (iso: string): string => `${MOMENT.format(new Date(iso))} UTC`;
