import { serve } from '#app/serve.ts';
import { getExportFile } from '#operations/orders/exports.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getExportFile);
