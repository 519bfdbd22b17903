/** One line of the access log. Durations in milliseconds, sizes in bytes. */
export interface AccessEvent {
  readonly id: string;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly duration: number;
  readonly bytes: number;
  readonly cache: string;
}

const SAMPLE = 100;
let seen = 0;

/** Whether to log an answer: every one that went wrong, one in a hundred of the others. */
export function isLogged(status: number): boolean {
  return status >= 400 || seen++ % SAMPLE === 0;
}
