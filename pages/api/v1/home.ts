import { servePagesApi } from '#app/serve-pages-api.ts';
import { getHomeV1 } from '#operations/catalog/mobile-home.ts';

export default servePagesApi(getHomeV1);

// The engine reads bodies itself, and answers once it has.
export const config = { api: { bodyParser: false, externalResolver: true } };
