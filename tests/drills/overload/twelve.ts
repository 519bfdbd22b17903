/** Twelve upstreams that nothing else is known of. */
export const NAMES = [
  'alfa',
  'bravo',
  'charlie',
  'delta',
  'echo',
  'foxtrot',
  'golf',
  'hotel',
  'india',
  'juliett',
  'kilo',
  'lima',
];

/** The three others that the answer of one has besides its own. */
export const friendsOf = (name: string): string[] =>
  [1, 3, 7].map((step) => NAMES[(NAMES.indexOf(name) + step) % NAMES.length] ?? name);
