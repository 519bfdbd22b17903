import { gzipSync } from 'node:zlib';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { fieldOf, type Sent } from './send.ts';

/** WebPageTest's ‘3G Slow’: 400 ms there and back, 400 kbit/s down. */
const SLOW_3G = { roundTrip: 400, bitsPerMillisecond: 400 } as const;
/** Bytes of a head as HTTP/1.1 writes it, a status line and an empty line with it. */
const AROUND = 19;

/** What an answer costs its client. */
export interface Cost {
  /** Bytes of the body, plain and under gzip. */
  readonly json: number;
  readonly gzip: number;
  /** Upstreams that a client would have had to ask by itself. */
  readonly instead: number;
  /** Milliseconds over a slow network that is connected already. */
  readonly slow: number;
  readonly etag: string | undefined;
}

export function costOf(sent: Sent, trace: RequestTrace | undefined): Cost {
  const { body, fields, duration } = sent;
  const gzip = body.length === 0 ? 0 : gzipSync(body, { level: 9 }).length;
  const head = fields.reduce((bytes, field) => bytes + field.length + 2, AROUND);
  return {
    json: body.length,
    gzip,
    instead: new Set(trace?.calls.map(({ upstream }) => upstream)).size,
    slow: SLOW_3G.roundTrip + duration + ((head + gzip) * 8) / SLOW_3G.bitsPerMillisecond,
    etag: fieldOf(sent, 'etag'),
  };
}
