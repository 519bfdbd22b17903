/** What the mock upstreams say of themselves, so that nobody takes another program on their port for them. */
export const HEALTHY = 'tributary mock upstreams';
