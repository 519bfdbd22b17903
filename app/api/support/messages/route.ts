import { serve } from '#app/serve.ts';
import { getMessages, sendMessage } from '#operations/support/support.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getMessages, sendMessage);
