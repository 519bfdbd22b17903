/**
 * Whether this is `npm run test:long`. `npm test` is to end in minutes on two cores, so that what takes a host, a browser
 * or a long wait of its own is done there in part, and by the long run in full: docs/testing.md says what.
 */
export const LONG = import.meta.env.MODE === 'long';

/** The host of files that need one of their own: what they show is mostly the engine's. The other one's turn is the long run. */
export const OWN_HOSTS = LONG ? (['next'] as const) : (['lean'] as const);

/** How often a property is tried: in full in the long run, a fifth of it in `npm test`. */
export const runs = (full: number): number => (LONG ? full : Math.ceil(full / 5));

/** Both hosts, for what is the engine's on each: on Next it is the long run's. */
export const HOST_KINDS = LONG ? (['lean', 'next'] as const) : (['lean'] as const);
