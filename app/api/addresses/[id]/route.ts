import { serve } from '#app/serve.ts';
import { deleteAddress, getAddress, patchAddress, replaceAddress } from '#operations/account/addresses.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  getAddress,
  replaceAddress,
  patchAddress,
  deleteAddress,
);
