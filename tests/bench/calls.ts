/** How many calls an answer takes, in the race of answers that grow. */
export const CALLS = [5, 10, 20, 40] as const;
