import { LRUCache } from 'lru-cache';
import { processSingleton } from '#kernel/base/registry.ts';

/** One security line of the log: which caller was refused what, and from where. */
export interface SecurityEvent {
  /** The slug of the problem, or a name of its own. */
  readonly event: string;
  readonly id: string;
  readonly operation: string;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly status: number;
  /** The client's, as far as it can be believed. */
  readonly address: string;
  /** The caller of the rate limits: a hash that is the same for one customer, or a stranger's network. */
  readonly caller?: string;
  readonly reason?: string;
  /** How many of its kind from this network were not written since the last one that was. */
  readonly unsaid?: number;
}

const MINUTE = 60_000;
/** Lines a minute of one kind: from one network, and from all of them. */
const MAX_LINES_OF_ONE = 10;
const MAX_LINES_OF_ALL = 300;
const MAX_NETWORKS = 5_000;

interface Written {
  since: number;
  lines: number;
  unsaid: number;
}

const written = () => processSingleton('security events', () => new LRUCache<string, Written>({ max: MAX_NETWORKS }));

/** Hands an event on to be written, unless there were too many of its kind: then the next line says how many. */
export function recordSecurityEvent(event: SecurityEvent, network: string, now: number, write: Write): void {
  const window = windowOf(`${event.event} ${network}`, now);
  const all = windowOf(event.event, now);
  if (window.lines >= MAX_LINES_OF_ONE || all.lines >= MAX_LINES_OF_ALL) {
    window.unsaid++;
    return;
  }
  window.lines++;
  all.lines++;
  write(window.unsaid === 0 ? event : { ...event, unsaid: window.unsaid });
  window.unsaid = 0;
}

type Write = (event: SecurityEvent) => void;

function windowOf(key: string, now: number): Written {
  const all = written();
  let window = all.get(key);
  if (window === undefined) {
    window = { since: now, lines: 0, unsaid: 0 };
    all.set(key, window);
  } else if (now - window.since >= MINUTE) {
    window.since = now;
    window.lines = 0;
  }
  return window;
}
