import { serve } from '#app/serve.ts';
import { getProduct } from '#operations/catalog/product.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getProduct);
