/** One screen to be pictured. */
export interface Screen {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  /** Whether a customer looks at it, with things in the cart. */
  readonly signedIn?: true;
  /** Set where only what the window shows is wanted: the whole is very long. */
  readonly windowOnly?: true;
}

/** The product whose request the inspector shows, by this id. */
export const LOOKED_INTO = 'a-picture';

/** The main screens; `{order}` is an order that is on its way. */
export const SCREENS: readonly Screen[] = [
  { name: 'home', title: 'Home', path: '/' },
  { name: 'product', title: 'A product', path: '/products/p-000042' },
  { name: 'product-partial', title: 'A product without its reviews', path: '/products/p-000042?scenario=reviews=down' },
  {
    name: 'product-away',
    title: 'A product that can’t be put together',
    path: '/products/p-000042?scenario=pricing=down',
  },
  { name: 'search', title: 'A search, with filters', path: '/search?q=lamp' },
  { name: 'search-empty', title: 'A search that finds nothing', path: '/search?q=zzzzzz' },
  { name: 'cart', title: 'The cart', path: '/cart', signedIn: true },
  { name: 'cart-empty', title: 'A cart with nothing in it', path: '/cart' },
  { name: 'checkout', title: 'The checkout', path: '/checkout', signedIn: true },
  { name: 'order', title: 'An order, with where its parcel is', path: '/orders/{order}', signedIn: true },
  { name: 'orders', title: 'Orders', path: '/orders', signedIn: true },
  { name: 'account', title: 'The account', path: '/account', signedIn: true },
  { name: 'address', title: 'A new address', path: '/account/addresses/new', signedIn: true },
  { name: 'sessions', title: 'Devices', path: '/account/sessions', signedIn: true },
  { name: 'support', title: 'The support chat', path: '/support', signedIn: true },
  { name: 'not-found', title: 'Nothing there', path: '/products/p-999999' },
  { name: 'problem', title: 'The page of a problem', path: '/problems/upgrade-required' },
  { name: 'deprecations', title: 'What goes away', path: '/deprecations' },
  { name: 'inspector', title: 'Requests, in the inspector', path: '/inspector', windowOnly: true },
  { name: 'waterfall', title: 'One request as a waterfall', path: `/inspector/requests/${LOOKED_INTO}` },
  { name: 'upstreams', title: 'Upstreams', path: '/inspector/upstreams' },
  { name: 'docs', title: 'The reference', path: '/docs', windowOnly: true },
];

/** How each is looked at. */
export const LOOKS = [
  { name: 'desktop-light', width: 1_280, height: 900, scale: 1, colors: 'light' },
  { name: 'desktop-dark', width: 1_280, height: 900, scale: 1, colors: 'dark' },
  { name: 'phone-light', width: 390, height: 844, scale: 2, colors: 'light' },
  { name: 'phone-dark', width: 390, height: 844, scale: 2, colors: 'dark' },
] as const;

export const fileOf = (screen: string, look: string): string => `docs/screenshots/${screen}.${look}.png`;
