import { serve } from '#app/serve.ts';
import { cancelExport, getExport } from '#operations/orders/exports.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getExport, cancelExport);
