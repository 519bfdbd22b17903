import { serve } from '#app/serve.ts';
import { endOneSession } from '#operations/account/sessions.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(endOneSession);
