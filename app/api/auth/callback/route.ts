import { serve } from '#app/serve.ts';
import { finishLogin } from '#operations/account/sign-in.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(finishLogin);
