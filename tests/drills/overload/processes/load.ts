import { connect } from 'node:net';
import { ask, onAnswer } from '#tests/support/load.ts';
import { withId } from '../fresh-id.ts';
import { outcomeOf } from '../outcome.ts';

/** An order from the parent: where to ask, how often a second, or to tell what has become of them, now or when all have ended. */
export type Order =
  | { readonly lines: readonly { readonly port: number; readonly targets: readonly string[]; readonly most: number }[] }
  | { readonly line: number; readonly rate: number }
  | 'look'
  | 'finish';

/** What became of the requests of one line since it was last told, in columns. Moments are epoch milliseconds; an outcome is a place in `words`. */
export interface Told {
  readonly words: readonly string[];
  readonly due: Float64Array;
  readonly ended: Float64Array;
  readonly target: Float64Array;
  readonly outcome: Float64Array;
}

interface Asked {
  readonly due: number;
  readonly target: number;
}

interface Line {
  rate: number;
  tick(): void;
  /** Begins nothing any more; whether nothing is under way either. */
  ended(): boolean;
  told(): Told;
}

/** Milliseconds between two looks at what is due. */
const TICK = 2;
/** Who waits for longer has gone. */
const PATIENCE = 10_000;
const GONE = 'no answer in 10 s';

const now = () => performance.timeOrigin + performance.now();

/**
 * An open loop: requests begin when they are due, whatever has become of those before, over as many connections as are
 * needed and `most` at most. Beyond that they wait here, and their time counts from when they were due.
 */
function openLine(port: number, targets: readonly string[], most: number): Line {
  const words: string[] = [];
  const columns = { due: [] as number[], ended: [] as number[], target: [] as number[], outcome: [] as number[] };
  const idle = new Set<(asked: Asked) => void>();
  const underWay = new Map<Asked, () => void>();
  const waiting: Asked[] = [];
  let connections = 0;
  let next = now();
  let turn = 0;

  const settle = (asked: Asked, outcome: string) => {
    underWay.delete(asked);
    let word = words.indexOf(outcome);
    if (word < 0) word = words.push(outcome) - 1;
    columns.due.push(asked.due);
    columns.ended.push(now());
    columns.target.push(asked.target);
    columns.outcome.push(word);
  };
  const begin = (asked: Asked) => {
    const [free] = idle;
    if (free !== undefined) free(asked);
    else if (connections < most) open(asked);
    else waiting.push(asked);
  };
  const open = (first: Asked) => {
    connections++;
    let current: Asked | undefined;
    let failure = 'closed';
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    const send = (asked: Asked) => {
      current = asked;
      idle.delete(send);
      underWay.set(asked, () => {
        failure = GONE;
        socket.destroy();
      });
      ask(socket, withId(targets[asked.target] ?? '/'));
    };
    onAnswer(socket, (status, bytes) => {
      if (current !== undefined) settle(current, outcomeOf(status, bytes));
      current = undefined;
      const following = waiting.shift();
      if (following === undefined) idle.add(send);
      else send(following);
    });
    socket.on('error', ({ code = 'error' }: NodeJS.ErrnoException) => (failure = code));
    socket.on('close', () => {
      connections--;
      idle.delete(send);
      if (current !== undefined) settle(current, failure === GONE ? GONE : `no answer: ${failure}`);
      const following = waiting.shift();
      if (following !== undefined) begin(following);
    });
    send(first);
  };

  const line: Line = {
    rate: 0,
    tick() {
      const at = now();
      const late = waiting.findIndex(({ due }) => due > at - PATIENCE);
      for (const asked of waiting.splice(0, late < 0 ? waiting.length : late)) settle(asked, GONE);
      for (const [{ due }, abandon] of underWay) {
        if (due > at - PATIENCE) break;
        abandon();
      }
      if (line.rate === 0) next = at;
      for (; line.rate > 0 && next <= at; next += 1_000 / line.rate)
        begin({ due: next, target: turn++ % targets.length });
    },
    ended() {
      line.rate = 0;
      return waiting.length === 0 && underWay.size === 0;
    },
    told() {
      const told = {
        words,
        due: Float64Array.from(columns.due),
        ended: Float64Array.from(columns.ended),
        target: Float64Array.from(columns.target),
        outcome: Float64Array.from(columns.outcome),
      };
      for (const column of Object.values(columns)) column.length = 0;
      return told;
    },
  };
  return line;
}

let lines: Line[] = [];
let finishing = false;

setInterval(() => {
  for (const line of lines) line.tick();
  if (!finishing || !lines.map((line) => line.ended()).every(Boolean)) return;
  finishing = false;
  process.send?.(lines.map((line) => line.told()));
}, TICK);

process.on('message', (order: Order) => {
  if (order === 'look') process.send?.(lines.map((line) => line.told()));
  else if (order === 'finish') finishing = true;
  else if ('lines' in order) lines = order.lines.map(({ port, targets, most }) => openLine(port, targets, most));
  else {
    const line = lines[order.line];
    if (line !== undefined) line.rate = order.rate;
  }
});
process.send?.('ready');
process.on('disconnect', () => process.exit(0));
