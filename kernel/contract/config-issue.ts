/** One sentence about one thing that is wrong in a contract or a setting: all of them are reported at the start. */
export type ConfigIssue = string;
