import { serve } from '#app/serve.ts';
import { announceTyping } from '#operations/support/support.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(announceTyping);
