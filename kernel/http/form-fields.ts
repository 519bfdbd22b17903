/** The fields of a form that are ours: the proof of its session, and the key under which it is done once. */
export const RESERVED = ['_csrf', '_key'] as const;

/** What a form brings that an app would send in headers. */
export interface PostedForm {
  readonly key: string | undefined;
}
