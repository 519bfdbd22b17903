import { serve } from '#app/serve.ts';
import { getCart } from '#operations/cart.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getCart);
