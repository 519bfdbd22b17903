import { pause } from '#tests/support/until.ts';
import { overloadDrill } from './overload/drill.ts';
import {
  allWhole,
  cameBack,
  dueFrom,
  isWhole,
  neverRefused,
  noneOpened,
  percent,
  tally,
  told,
} from './overload/figures.ts';
import { capacityOf, DEADLINE, FIVE, HEALTH, inLab, KEPT, keep, moment, wholeAgain } from './overload/lab.ts';

const SIZES = {
  short: { loops: 2, share: 0.75, warm: 0.3, before: 1_000, busy: 1_500, after: 500 },
  full: { loops: 1, share: 0.6, warm: 4, before: 8_000, busy: 20_000, after: 10_000 },
};
const LEAST = 0.6;
const GRACE = 2_000;

/**
 * As many busy loops as there are cores (twice as many in short, for a moment), beside a server that is asked for six
 * tenths of what it can do (three quarters in short): more than it can do beside the loops, and less than it can do after
 * them, also on a host that gives it less by then.
 *
 * What it gets of a core is the time that its main thread ran, of the time that it wanted to run (ran and waited, from
 * /proc/<pid>/schedstat): a server that refuses and rests wants little, gets all of it, and is held against all that was
 * asked for. What it could have answered is that share over the CPU time of an answer before, and never more than was
 * asked for. Seeded defect: as in `overload-stall.ts`, or a half-open breaker that lets a handful of probes through at
 * any rate: nothing is whole until long after the loops have ended.
 */
export const drill = overloadDrill({
  name: 'overload: busy neighbours',
  proves: 'on a part of the cores as much is answered as fits there, and everything when they are free again',
  measure: (root, size, tell) =>
    inLab({ root, size }, async (lab) => {
      const { loops, share, warm, before, busy, after } = SIZES[size];
      const server = await lab.startServer();
      const capacity = await capacityOf(server, warm);
      const perSecond = Math.ceil(capacity * share);
      tell(`${capacity.toFixed(0)} answers a second at most, asked for ${perSecond}`);
      await keep(server);
      const load = await lab.startLoad();
      load.aim(server, FIVE, [HEALTH, KEPT]);
      load.rate(perSecond);
      await pause(500);

      const [quiet, atQuiet] = [server.time(), moment()];
      await pause(before);
      const [pressed, atPressed] = [server.time(), moment()];
      await lab.neighbours(loops, busy);
      const [eased, atEased] = [server.time(), moment()];
      await pause(after);
      const end = moment();
      load.rate(0);
      const back = await wholeAgain(server);
      const { asked, watched } = await load.finish();

      const inTime = (from: number, until: number) =>
        dueFrom(asked, from, until).filter(
          (one) => isWhole(one) && one.ended - one.due <= DEADLINE && one.ended <= until,
        ).length;
      const each = (pressed.ran - quiet.ran) / inTime(atQuiet, atPressed);
      const [ran, waited] = [eased.ran - pressed.ran, eased.waited - pressed.waited];
      const got = ran + waited > 0 ? ran / (ran + waited) : 1;
      const offered = dueFrom(asked, atPressed, atEased).length;
      const possible = Math.min(offered, (got * (atEased - atPressed)) / each);
      const answered = inTime(atPressed, atEased);
      const seen = `${percent(answered / possible)}: ${answered} of ${possible.toFixed(0)} (${offered} asked for, ran ${percent(got)} of what it wanted, ${each.toFixed(2)} ms each)`;
      return [
        noneOpened('breakers that opened', server),
        {
          what: 'whole in time, of what the server’s share allows',
          wanted: `≥ ${percent(LEAST)}`,
          seen,
          held: answered / possible >= LEAST,
          timed: true,
        },
        told('what came meanwhile', tally(dueFrom(asked, atPressed, atEased))),
        allWhole(`whole of those from ${GRACE / 1_000} s after on`, dueFrom(asked, atEased + GRACE, end)),
        cameBack(back),
        ...neverRefused(asked, watched),
      ];
    }),
});
