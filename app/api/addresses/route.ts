import { serve } from '#app/serve.ts';
import { createAddress, listAddresses } from '#operations/account/addresses.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(listAddresses, createAddress);
