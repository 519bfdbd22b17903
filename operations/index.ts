import { getCategories } from './categories.ts';
import { getLiveness, getReadiness } from './health.ts';
import { getHome } from './home.ts';
import { getMobileHome } from './mobile-home.ts';
import { getProduct } from './product.ts';
import { listReviews } from './reviews.ts';
import { searchProducts } from './search.ts';

/** The whole API at a glance. */
export const operations = [
  getHome, //          GET /api/home
  searchProducts, //   GET /api/products
  getProduct, //       GET /api/products/{id}
  listReviews, //      GET /api/products/{id}/reviews
  getCategories, //    GET /api/categories
  getMobileHome, //    GET /api/mobile/home
  getLiveness, //      GET /api/health/live
  getReadiness, //     GET /api/health/ready
];
