import { serve } from '#app/serve.ts';
import { getPurge } from '#operations/server/ops.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getPurge);
