/** The names under which cached values can be made old. One place, so that a menu and a webhook can't differ. */
export const tags = {
  product: (id: string) => `product:${id}`,
  price: (id: string) => `price:${id}`,
  stock: (id: string) => `stock:${id}`,
  reviews: (id: string) => `reviews:${id}`,
  related: (id: string) => `related:${id}`,
  products: 'products',
  categories: 'categories',
  home: 'content:home',
  customer: 'customer',
  addresses: 'addresses',
  orders: 'orders',
} as const;
