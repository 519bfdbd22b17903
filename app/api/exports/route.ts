import { serve } from '#app/serve.ts';
import { createExport } from '#operations/orders/exports.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(createExport);
