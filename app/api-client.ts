import type { Api } from '#client/api.ts';
import { createClient } from '#client/client.ts';

/** The API of this very server, for what runs in the browser. */
export const api = createClient<Api>();
