import { serve } from '#app/serve.ts';
import { receiveClerk } from '#operations/webhooks/receive-webhooks.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(receiveClerk);
