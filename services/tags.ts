/** The names under which cached values can be made old. One place, so that a menu and a webhook can't differ. */
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
  // What is one customer's alone is purged for that one: `purgingOwn`, or a webhook that names its owner.
  customer: 'customer',
  addresses: 'addresses',
  cart: 'cart',
  orders: 'orders',
  messages: 'messages',
  exports: 'exports',
} as const;
