/** What editors have written for the home page. */
interface HomeTexts {
  readonly hero: { readonly heading: string; readonly copy: string; readonly altText: string; readonly label: string };
  readonly latest: string;
  readonly departments: string;
  readonly cold: string;
  readonly repairs: { readonly heading: string; readonly copy: string };
}

const EN: HomeTexts = {
  hero: {
    heading: 'Things that stay',
    copy: 'Lamps, tents and kettles that are made to be used every day, and repaired when they wear.',
    altText: 'A lamp',
    label: 'See the lamps',
  },
  latest: 'New this week',
  departments: 'Departments',
  cold: 'For cold mornings',
  repairs: {
    heading: 'Repairs',
    copy: 'Everything we sell can be mended. Send it in, and we tell you the price before we start.',
  },
};

const DE: HomeTexts = {
  hero: {
    heading: 'Dinge, die bleiben',
    copy: 'Lampen, Zelte und Kessel für jeden Tag, die repariert werden, wenn sie sich abnutzen.',
    altText: 'Eine Lampe',
    label: 'Zu den Lampen',
  },
  latest: 'Neu in dieser Woche',
  departments: 'Abteilungen',
  cold: 'Für kalte Morgen',
  repairs: {
    heading: 'Reparaturen',
    copy: 'Alles, was wir verkaufen, lässt sich reparieren. Einschicken, und wir nennen vorher den Preis.',
  },
};

/** The texts in a language; in English where nobody has translated them. */
export const homeTexts = (locale: string | null): HomeTexts & { readonly locale: string } =>
  locale === 'de' ? { ...DE, locale } : { ...EN, locale: 'en' };
