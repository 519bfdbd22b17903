import { serve } from '#app/serve.ts';
import { getCheckout } from '#operations/cart/checkout.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getCheckout);
