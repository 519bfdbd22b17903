import { serve } from '#app/serve.ts';
import { endOtherSessions, listSessions } from '#operations/account/sessions.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(listSessions, endOtherSessions);
