import { serve } from '#app/serve.ts';
import { getLiveness } from '#operations/server/health.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getLiveness);
