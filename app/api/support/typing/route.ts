import { serve } from '#app/serve.ts';
import { tellTyping } from '#operations/support.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(tellTyping);
