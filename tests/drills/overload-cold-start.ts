import { pause } from '#tests/support/until.ts';
import { overloadDrill } from './overload/drill.ts';
import { allWhole, cameBack, dueFrom, neverRefused, noneFailed, noneOpened, tally, told } from './overload/figures.ts';
import { capacityOf, FIVE, HEALTH, inLab, type Lab, wholeAgain } from './overload/lab.ts';

const SIZES = {
  short: { perSecond: 40, seconds: 2 },
  full: { share: 0.5, warm: 4, seconds: 10 },
} as const;
const GRACE = 2_000;

/**
 * A fresh process under half of what a warm one can do (in short a little), from the moment that it says that it is ready. Seeded defect: it
 * says so before it has served anything (`warm` left out): code is compiled while the first requests wait, and they fail.
 */
export const drill = overloadDrill({
  name: 'overload: a cold start at full load',
  proves: 'nobody’s request fails because the process has just begun',
  measure: (root, size, tell) =>
    inLab({ root, size }, async (lab) => {
      const { seconds } = SIZES[size];
      const perSecond = size === 'short' ? SIZES.short.perSecond : SIZES.full.share * (await warmCapacity(lab));
      tell(`asked for ${perSecond.toFixed(0)} a second`);
      const load = await lab.startLoad();
      await lab.calls();
      const server = await lab.startServer();
      const before = await lab.calls();
      load.aim(server, FIVE, [HEALTH]);
      load.rate(perSecond);
      await pause(seconds * 1_000);
      load.rate(0);
      const back = await wholeAgain(server);
      const { asked, watched } = await load.finish();
      return [
        {
          what: 'upstream calls before it was ready',
          wanted: 'some',
          seen: String(before),
          held: before > 0,
        },
        noneOpened('breakers that opened', server),
        noneFailed('failed after it was ready', asked),
        told('what came in the first second', tally(dueFrom(asked, 0, server.ready + 1_000))),
        allWhole(`whole of those from ${GRACE / 1_000} s after on`, dueFrom(asked, server.ready + GRACE)),
        cameBack(back),
        ...neverRefused(asked, watched),
      ];
    }),
});

/** Answers a second of another process, which has run for a while. */
async function warmCapacity(lab: Lab): Promise<number> {
  const server = await lab.startServer();
  const capacity = await capacityOf(server, SIZES.full.warm);
  server.stop();
  return capacity;
}
