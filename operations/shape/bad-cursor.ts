/** Cursors are opaque: only who gave one can tell that it is none. */
export const BAD_CURSOR = {
  in: 'query',
  path: 'cursor',
  message: 'is not one that a page of this list gave',
  code: 'cursor',
} as const;
