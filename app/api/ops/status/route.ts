import { serve } from '#app/serve.ts';
import { getStatus } from '#operations/server/ops.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getStatus);
