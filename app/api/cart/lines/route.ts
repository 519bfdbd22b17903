import { serve } from '#app/serve.ts';
import { addCartLine } from '#operations/cart/cart.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(addCartLine);
