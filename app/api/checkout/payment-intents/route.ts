import { serve } from '#app/serve.ts';
import { createPaymentIntent } from '#operations/cart/payment-intents.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(createPaymentIntent);
