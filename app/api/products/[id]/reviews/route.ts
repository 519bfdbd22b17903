import { serve } from '#app/serve.ts';
import { createReview, listReviews } from '#operations/catalog/reviews.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(listReviews, createReview);
