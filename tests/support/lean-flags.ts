/** As `npm start` runs the lean host. */
export const LEAN_FLAGS = [
  '--heap-growing-percent=100',
  '--max-semi-space-size=32',
  '--no-allocation-site-pretenuring',
];
