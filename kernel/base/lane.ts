/** The isolated state in which a request under a scenario runs. The kernel knows it as an opaque string. */
export type Lane = string;

/** The lane of ordinary traffic. */
export const MAIN_LANE: Lane = '';
