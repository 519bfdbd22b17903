import { serve } from '#app/serve.ts';
import { listOrders } from '#operations/orders/orders.ts';
import { placeOrder } from '#operations/orders/place-order.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(listOrders, placeOrder);
