import { serve } from '#app/serve.ts';
import { getLiveness } from '#operations/health.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getLiveness);
