import { serve } from '#app/serve.ts';
import { getCart } from '#operations/cart/cart.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getCart);
