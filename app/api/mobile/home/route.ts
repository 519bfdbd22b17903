import { serve } from '#app/serve.ts';
import { getMobileHome } from '#operations/catalog/mobile-home.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getMobileHome);
