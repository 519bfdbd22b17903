/** One line of the access log. Durations in milliseconds, sizes in bytes. */
export interface AccessEvent {
  readonly id: string;
  readonly method: string;
  /** Without its query, which may hold what others must not read: codes, names, searches. */
  readonly path: string;
  readonly status: number;
  readonly duration: number;
  readonly bytes: number;
  readonly cache: string;
}

/** A request target without its query. */
export const pathOf = (target: string): string => target.split('?', 1)[0] as string;

const SAMPLE = 100;
let counted = 0;

export const isSampled = (): boolean => counted++ % SAMPLE === 0;

/** Whether to log an answer: every one that went wrong, one in a hundred of the others. */
export const isLogged = (status: number): boolean => status >= 400 || isSampled();
