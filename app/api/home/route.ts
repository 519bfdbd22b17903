import { serve } from '#app/serve.ts';
import { getHome } from '#operations/catalog/home.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getHome);
