import { serve } from '#app/serve.ts';
import { getEvents } from '#operations/server/events.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(getEvents);
