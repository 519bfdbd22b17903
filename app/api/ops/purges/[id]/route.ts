import { serve } from '#app/serve.ts';
import { getPurge } from '#operations/ops.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getPurge);
