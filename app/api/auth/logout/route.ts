import { serve } from '#app/serve.ts';
import { logout } from '#operations/account/sessions.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(logout);
