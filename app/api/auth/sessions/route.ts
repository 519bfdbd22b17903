import { serve } from '#app/serve.ts';
import { endOtherSessions, listSessions } from '#operations/sessions.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(listSessions, endOtherSessions);
