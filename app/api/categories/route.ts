import { serve } from '#app/serve.ts';
import { getCategories } from '#operations/catalog/categories.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getCategories);
