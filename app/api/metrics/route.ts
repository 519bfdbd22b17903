import { serve } from '#app/serve.ts';
import { getMetrics } from '#operations/server/ops.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getMetrics);
