import { serve } from '#app/serve.ts';
import { changeCartLine, getCartLine, removeCartLine } from '#operations/cart/cart.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(changeCartLine, getCartLine, removeCartLine);
