import { pause } from '#tests/support/until.ts';
import { overloadDrill } from './overload/drill.ts';
import { allWhole, cameBack, dueFrom, neverRefused, noneOpened, type Seen, tally, told } from './overload/figures.ts';
import { capacityOf, FIVE, HEALTH, inLab, KEPT, keep, moment, wholeAgain } from './overload/lab.ts';

const SIZES = {
  short: { perSecond: 40, warm: 0.5, hang: 3_000, after: 500 },
  full: { share: 0.4, warm: 3, hang: 20_000, after: 25_000 },
} as const;
const HANGS = 'reviews';
/** The section that is made of it. */
const SECTION = 'rating';
const FOUND_WITHIN = 2_000;
const BACK_WITHIN = 10_000;

/**
 * One upstream takes requests and answers none, then all of them again. Seeded defects: timeouts that never count as a
 * failure (it is never found out), or pauses that double up to a minute (it is not back within ten seconds).
 */
export const drill = overloadDrill({
  name: 'overload: an upstream that hangs',
  proves: 'whose fault it is, it is charged to; nobody else is touched, and its traffic comes back when it does',
  measure: (root, size, tell) =>
    inLab({ root, size }, async (lab) => {
      const { warm, hang, after } = SIZES[size];
      const server = await lab.startServer();
      const capacity = await capacityOf(server, warm);
      const perSecond = size === 'short' ? SIZES.short.perSecond : SIZES.full.share * capacity;
      await keep(server);
      const load = await lab.startLoad();
      load.aim(server, FIVE, [HEALTH, KEPT]);
      load.rate(perSecond);
      await pause(1_000);
      const began = moment();
      lab.takes(HANGS, Infinity);
      await pause(hang);
      const over = moment();
      lab.takes(HANGS, 0);
      tell(`${HANGS} has hung for ${hang} ms`);
      await pause(after);
      const end = moment();
      load.rate(0);
      const back = await wholeAgain(server);
      const { asked, watched } = await load.finish();

      const opened = server.breakers.find(({ at, open }) => at >= began && open.includes(HANGS))?.at;
      const during = dueFrom(asked, began, over);
      const touched = during.filter(({ outcome }) => !isOnlyWithout(outcome));
      const last = server.breakers.at(-1)?.open.includes(HANGS) ?? false;
      const foundOut: Seen = {
        what: `the breaker of ${HANGS} opened`,
        wanted: `within ${FOUND_WITHIN / 1_000} s`,
        seen: opened === undefined ? 'never' : `after ${((opened - began) / 1_000).toFixed(2)} s`,
        held: opened !== undefined && opened - began <= FOUND_WITHIN,
      };
      return [
        size === 'full' ? foundOut : { ...foundOut, wanted: 'at last', held: opened !== undefined },
        noneOpened('breakers of others that opened', server, { except: HANGS }),
        {
          what: `answers that lacked more than ${SECTION}`,
          wanted: '0',
          seen: `${touched.length} of ${during.length}${touched.length > 0 ? `: ${tally(touched)}` : ''}`,
          held: touched.length === 0,
          timed: true,
        },
        allWhole(`whole of those from ${BACK_WITHIN / 1_000} s after on`, dueFrom(asked, over + BACK_WITHIN, end)),
        told('answers a second at most, and asked for', `${capacity.toFixed(0)}, ${perSecond.toFixed(0)}`),
        cameBack(back),
        { what: 'the breaker closed again', wanted: 'yes', seen: last ? 'no' : 'yes', held: !last },
        ...neverRefused(asked, watched),
      ];
    }),
});

const isOnlyWithout = (outcome: string) => outcome === 'whole' || new RegExp(`^partial ${SECTION}:\\S+$`).test(outcome);
