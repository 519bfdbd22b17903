import { serve } from '#app/serve.ts';
import { getShippingRates } from '#operations/cart/shipping-rates.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getShippingRates);
