import { z } from 'zod';

const Text = z.string().max(4_000);
const Milliseconds = z.number().finite();

const Bar = z.object({
  section: Text,
  upstream: Text,
  call: Text,
  cache: Text,
  outcome: Text,
  /** How many calls went as one. */
  items: z.int().min(1),
  /** How often it was tried, and what came of each try that was not the last. */
  attempts: Text,
  /** Set where an attempt failed and a later one did not. */
  recovered: z.boolean(),
  onPath: z.boolean(),
  start: Milliseconds,
  end: Milliseconds,
  segments: z.array(z.object({ kind: Text, start: Milliseconds, end: Milliseconds })).max(100),
});

/** One request as the inspector shows it, for a file. Times are milliseconds from its arrival. It has no bodies. */
export const TraceFile = z.object({
  format: z.literal('tributary-trace-1'),
  id: Text,
  /** ISO 8601 in UTC. */
  at: Text,
  method: Text,
  /** As it may be shown: outside this machine user ids and search terms are left out as `…`. */
  target: Text,
  operation: Text,
  audience: z.enum(['public', 'either', 'personal']).optional(),
  /** The address of the operation's example; of reads only. */
  example: Text.optional(),
  lane: Text,
  status: z.int().min(100).max(599),
  problem: Text.optional(),
  cache: Text,
  duration: Milliseconds,
  deadline: Milliseconds,
  bytesIn: z.number().min(0),
  bytesOut: z.number().min(0),
  sections: z.record(Text, z.object({ state: Text, reason: Text.optional(), since: Text.optional() })),
  headline: Text,
  notes: z.array(Text).max(100),
  help: z.array(Text).max(100),
  /** The time line: from the arrival, or from before it where another request's work was shared, to the end. */
  from: Milliseconds,
  to: Milliseconds,
  bars: z.array(Bar).max(2_000),
});
export type TraceFile = z.infer<typeof TraceFile>;
