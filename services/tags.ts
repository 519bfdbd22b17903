/** The names under which cached values can be made old. In one file, so that a client and a webhook can't differ. */
export const tags = {
  product: (id: string) => `product:${id}`,
  price: (id: string) => `price:${id}`,
  stock: (id: string) => `stock:${id}`,
  reviews: (id: string) => `reviews:${id}`,
  related: (id: string) => `related:${id}`,
  products: 'products',
  categories: 'categories',
  page: (slug: string) => `content:${slug}`,
  home: 'content:home',
  // Private values are purged for one customer: `purgingPrivate`, or a webhook that names its owner.
  customer: 'customer',
  addresses: 'addresses',
  cart: 'cart',
  orders: 'orders',
  messages: 'messages',
  exports: 'exports',
} as const;
