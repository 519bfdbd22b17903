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
  order: (id: string) => `order:${id}`,
  // What belongs to one customer carries the subject that the issuer knows them by.
  orders: (owner: string) => `orders:${owner}`,
  profile: (owner: string) => `profile:${owner}`,
  messages: (owner: string) => `messages:${owner}`,
  addresses: 'addresses',
  cart: 'cart',
} as const;
