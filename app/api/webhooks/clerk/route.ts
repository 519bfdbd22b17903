import { serve } from '#app/serve.ts';
import { receiveClerk } from '#operations/receive-webhooks.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(receiveClerk);
