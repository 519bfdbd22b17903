import { serve } from '#app/serve.ts';
import { getOrder } from '#operations/orders/orders.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getOrder);
