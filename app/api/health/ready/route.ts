import { serve } from '#app/serve.ts';
import { getReadiness } from '#operations/server/health.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getReadiness);
