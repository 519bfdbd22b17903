import { serve } from '#app/serve.ts';
import { listReviews } from '#operations/reviews.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(listReviews);
