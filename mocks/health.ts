/** What the mock upstreams say of themselves, so that another program on their port is not taken for them. */
export const HEALTHY = 'tributary mock upstreams';
