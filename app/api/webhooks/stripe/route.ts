import { serve } from '#app/serve.ts';
import { receiveStripe } from '#operations/webhooks/receive-webhooks.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(receiveStripe);
