import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { ShippingRates, type ShippingRatesRequest, ShippingTracking } from '#schemas/upstream/shipping.ts';

/** A third party behind a secret key, which the runtime adds (`SHIPPING_KEY`). */
const http = upstream('shipping', { timeout: 1_200, attempts: 2, parallel: 16 });

export const shipping = {
  rates: (request: ShippingRatesRequest) => http.query(path`v2/rates`, request, ShippingRates),
  tracking: (shipmentId: string) => http.get(path`v2/trackings/${shipmentId}`, ShippingTracking),
};
