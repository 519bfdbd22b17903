import { serve } from '#app/serve.ts';
import { startLogin } from '#operations/account/sign-in.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(startLogin);
