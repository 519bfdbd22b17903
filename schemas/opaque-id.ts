/** An id that an upstream gives: it goes out to clients, and comes back as a part of a path. */
export const OPAQUE_ID = /^[\w~:@=+-][\w.~:@=+-]{0,199}$/;
