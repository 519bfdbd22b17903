import { serve } from '#app/serve.ts';
import { getExportProgress } from '#operations/orders/exports.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getExportProgress);
