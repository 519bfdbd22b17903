import { serve } from '#app/serve.ts';
import { receiveGithub } from '#operations/webhooks/receive-webhooks.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(receiveGithub);
