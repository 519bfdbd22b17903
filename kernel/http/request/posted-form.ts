/** A form that was not read yet: its sender is counted first. */
export interface UnreadForm {
  readonly read: () => Promise<PostedForm>;
}

/** What a form brings that an app would send in headers. */
export interface PostedForm {
  readonly key: string | undefined;
  readonly match: string | undefined;
  /** Why it is not proven to be of its browser's session. */
  readonly unproven: string | undefined;
  /** What was read, to be read as any body. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
}
