import { percentile } from '#tests/support/percentile.ts';
import { pause } from '#tests/support/until.ts';
import { overloadDrill } from './overload/drill.ts';
import {
  allWhole,
  cameBack,
  dueFrom,
  isAccepted,
  isGood,
  isWhole,
  neverRefused,
  noneOpened,
  percent,
  tally,
  told,
  within,
} from './overload/figures.ts';
import {
  type Asked,
  capacityOf,
  DEADLINE,
  FIVE,
  HEALTH,
  inLab,
  KEPT,
  keep,
  moment,
  wholeAgain,
} from './overload/lab.ts';

const SIZES = {
  short: { warm: 0.3, flood: 1_500, after: 500 },
  full: { warm: 5, flood: 30_000, after: 10_000 },
};
const TIMES = 3;
const LEAST = 0.85;
const GRACE = 2_000;
/** What the process may grow by: its caches fill with the answers that it gives (80 MiB), the rest is work under way. */
const MOST_GROWTH = 256;
const LOOK = 200;
const MOST_RATE = 3_000;

/**
 * Three times as much as the server can do. Seeded defect: no admission limit, so that everything is begun and nothing is
 * ready in time.
 */
export const drill = overloadDrill({
  name: 'overload: three times what it can do',
  proves: 'what is too much is refused at the door, and what is let in comes in time',
  measure: (root, size, tell) =>
    inLab({ root, size }, async (lab) => {
      const { warm, flood, after } = SIZES[size];
      const server = await lab.startServer();
      const atFirst = await capacityOf(server, warm);
      tell(`${atFirst.toFixed(0)} answers a second at most, asked for ${(TIMES * atFirst).toFixed(0)}`);
      await keep(server);
      const load = await lab.startLoad();
      load.aim(server, FIVE, [HEALTH, KEPT]);
      const before = server.memory();
      let most = before;
      const began = moment();
      load.rate(TIMES * atFirst);
      while (moment() < began + flood) {
        await pause(LOOK);
        most = Math.max(most, server.memory());
      }
      // What was measured on a machine that others use may be little now: in short it becomes more until it is too much.
      for (let rate = TIMES * atFirst; size === 'short' && rate < MOST_RATE; rate *= 1.5) {
        if ((await load.look()).asked.some(isRefused)) break;
        load.rate(rate);
        await pause(LOOK);
      }
      const over = moment();
      load.rate(atFirst / 2);
      await pause(GRACE + after);
      const end = moment();
      load.rate(0);
      const back = await wholeAgain(server);
      const { asked, watched } = await load.finish();
      // A machine that others use is not as fast all the time.
      const capacity = (atFirst + (await capacityOf(server, warm))) / 2;

      const flooded = dueFrom(asked, began, over);
      const accepted = flooded.filter(isAccepted);
      const times = accepted.map(({ due, ended }) => ended - due);
      const good = flooded.filter((one) => isGood(one) && one.ended - one.due <= DEADLINE && one.ended < over);
      const perSecond = good.length / ((over - began) / 1_000);
      const refusals = flooded.filter(isRefused).map(({ due, ended }) => ended - due);
      return [
        noneOpened('breakers that opened', server),
        {
          what: 'answers in time, of capacity',
          wanted: `≥ ${percent(LEAST)}`,
          seen: `${percent(perSecond / capacity)}: ${perSecond.toFixed(0)} of ${capacity.toFixed(0)} a second, ${percent(good.filter(isWhole).length / good.length)} of them whole`,
          held: perSecond / capacity >= LEAST,
          timed: true,
        },
        {
          what: 'p99 of what was accepted',
          wanted: `≤ ${DEADLINE} ms`,
          seen: `${within(times, 99)} (median ${within(times, 50)})`,
          held: percentile(times, 99) <= DEADLINE,
          timed: true,
        },
        {
          what: 'refused at the door, from when it was due',
          wanted: 'some',
          seen: `${refusals.length}, median ${within(refusals, 50)}, p99 ${within(refusals, 99)}`,
          held: refusals.length > 0,
        },
        told('what came meanwhile', tally(flooded)),
        {
          what: 'resident memory',
          wanted: `≤ ${MOST_GROWTH} MiB more`,
          seen: `${(most - before).toFixed(0)} MiB more than ${before.toFixed(0)}`,
          held: most - before <= MOST_GROWTH,
        },
        allWhole(`whole of those from ${GRACE / 1_000} s after on`, dueFrom(asked, over + GRACE, end)),
        cameBack(back),
        ...neverRefused(asked, watched),
      ];
    }),
});

/** What the door refuses names no section: none was begun. */
const isRefused = ({ outcome }: Asked) => /^503 [\w-]+$/.test(outcome);
