import { serve } from '#app/serve.ts';

/** What no other file answers: a problem, not a page. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve();
