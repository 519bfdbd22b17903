import { serve } from '#app/serve.ts';
import { receiveUpstream } from '#operations/webhooks/receive-webhooks.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(receiveUpstream);
