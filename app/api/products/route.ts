import { serve } from '#app/serve.ts';
import { searchProducts } from '#operations/catalog/search.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(searchProducts);
