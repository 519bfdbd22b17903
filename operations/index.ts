import { getAccount } from './account/account.ts';
import {
  createAddress,
  deleteAddress,
  getAddress,
  listAddresses,
  patchAddress,
  replaceAddress,
} from './account/addresses.ts';
import {
  backchannelLogout,
  endOneSession,
  endOtherSessions,
  getSession,
  leaveProvider,
  listSessions,
  logout,
} from './account/sessions.ts';
import { finishLogin, startLogin } from './account/sign-in.ts';
import { getVisitor } from './account/visitor.ts';
import { addCartLine, changeCartLine, getCart, getCartLine, removeCartLine } from './cart/cart.ts';
import { getCheckout } from './cart/checkout.ts';
import { createPaymentIntent } from './cart/payment-intents.ts';
import { getShippingRates } from './cart/shipping-rates.ts';
import { getCategories } from './catalog/categories.ts';
import { getHome } from './catalog/home.ts';
import { getHomeV1, getMobileHome } from './catalog/mobile-home.ts';
import { getProduct } from './catalog/product.ts';
import { createReview, listReviews } from './catalog/reviews.ts';
import { searchProducts } from './catalog/search.ts';
import { cancelExport, createExport, getExport, getExportFile, getExportProgress } from './orders/exports.ts';
import { getOrder, listOrders } from './orders/orders.ts';
import { placeOrder } from './orders/place-order.ts';
import { getEvents } from './server/events.ts';
import { getLiveness, getReadiness } from './server/health.ts';
import { getOpenApi, getOpenApi30 } from './server/openapi.ts';
import { getMetrics, getPurge, getStatus } from './server/ops.ts';
import { announceTyping, getMessages, getSupportStream, sendMessage } from './support/support.ts';
import { receiveClerk, receiveGithub, receiveStripe, receiveUpstream } from './webhooks/receive-webhooks.ts';

/** The API at a glance. */
export const operations = [
  getHome, //          GET /api/home
  searchProducts, //   GET /api/products
  getProduct, //       GET /api/products/{id}
  listReviews, //      GET /api/products/{id}/reviews
  createReview, //     POST /api/products/{id}/reviews
  getCategories, //    GET /api/categories
  getMobileHome, //    GET /api/mobile/home
  getHomeV1, //        GET /api/v1/home
  getCart, //          GET /api/cart
  addCartLine, //      POST /api/cart/lines
  getCartLine, //      GET /api/cart/lines/{id}
  changeCartLine, //   PATCH /api/cart/lines/{id}
  removeCartLine, //   DELETE /api/cart/lines/{id}
  getCheckout, //      GET /api/checkout
  getVisitor, //       GET /api/visitor
  getAccount, //       GET /api/account
  listOrders, //       GET /api/orders
  getOrder, //         GET /api/orders/{id}
  placeOrder, //       POST /api/orders
  createPaymentIntent, // POST /api/checkout/payment-intents
  getMessages, //      GET /api/support/messages
  sendMessage, //      POST /api/support/messages
  announceTyping, //       PUT /api/support/typing
  getSupportStream, // GET /api/support/stream
  createExport, //     POST /api/exports
  getExport, //        GET /api/exports/{id}
  getExportProgress, //GET /api/exports/{id}/progress
  getExportFile, //    GET /api/exports/{id}/file
  cancelExport, //     DELETE /api/exports/{id}
  listAddresses, //    GET /api/addresses
  createAddress, //    POST /api/addresses
  getAddress, //       GET /api/addresses/{id}
  replaceAddress, //   PUT /api/addresses/{id}
  patchAddress, //     PATCH /api/addresses/{id}
  deleteAddress, //    DELETE /api/addresses/{id}
  getShippingRates, // GET /api/shipping/rates
  getEvents, //        GET /api/events
  startLogin, //       GET /api/auth/login
  finishLogin, //      GET /api/auth/callback
  logout, //           POST /api/auth/logout
  leaveProvider, //    GET /api/auth/provider-logout
  getSession, //       GET /api/auth/session
  listSessions, //     GET /api/auth/sessions
  endOneSession, //    DELETE /api/auth/sessions/{id}
  endOtherSessions, // DELETE /api/auth/sessions
  backchannelLogout, //POST /api/auth/backchannel-logout
  receiveStripe, //    POST /api/webhooks/stripe
  receiveGithub, //    POST /api/webhooks/github
  receiveClerk, //     POST /api/webhooks/clerk
  receiveUpstream, //  POST /api/webhooks/upstream
  getOpenApi, //       GET /api/openapi.json
  getOpenApi30, //     GET /api/openapi-3.0.json
  getLiveness, //      GET /api/health/live
  getReadiness, //     GET /api/health/ready
  getStatus, //        GET /api/ops/status
  getPurge, //         GET /api/ops/purges/{id}
  getMetrics, //       GET /api/metrics
];
