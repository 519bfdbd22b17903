import { serve } from '#app/serve.ts';
import { getAccount } from '#operations/account/account.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getAccount);
