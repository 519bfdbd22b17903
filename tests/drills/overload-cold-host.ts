import { pause } from '#tests/support/until.ts';
import { overloadDrill } from './overload/drill.ts';
import { allWhole, cameBack, dueFrom, neverRefused, noneFailed, noneOpened, tally, told } from './overload/figures.ts';
import { HEALTH, inLab, wholeAgain } from './overload/lab.ts';

const SIZES = { short: { perSecond: 20, seconds: 2 }, full: { perSecond: 100, seconds: 10 } };
const TARGETS = ['/api/products/{known}', '/api/products?q=lamp', '/api/products/{known}', '/api/home'];
const GRACE = 2_000;

/**
 * `npm start`, over mocks that have just begun as well: a hundred reads a second from the moment that readiness is 200.
 * Seeded defect: as in `overload-cold-start.ts`, in `server.ts`.
 */
export const drill = overloadDrill({
  name: 'overload: the first seconds of npm start',
  proves: 'who is told that the server is ready gets whole answers',
  measure: (root, size, tell) =>
    inLab({ root, size, upstreams: 'its own' }, async (lab) => {
      const { perSecond, seconds } = SIZES[size];
      const load = await lab.startLoad();
      const server = await lab.startHost();
      load.aim(server, TARGETS, [HEALTH]);
      load.rate(perSecond);
      await pause(seconds * 1_000);
      load.rate(0);
      tell(`${perSecond} requests a second for ${seconds} s`);
      const back = await wholeAgain(server, TARGETS[0]);
      const { asked, watched } = await load.finish();
      return [
        noneOpened('breakers that opened', server),
        noneFailed('failed after it was ready', asked),
        told('what came in the first second', tally(dueFrom(asked, 0, server.ready + 1_000))),
        allWhole(`whole of those from ${GRACE / 1_000} s after on`, dueFrom(asked, server.ready + GRACE)),
        cameBack(back),
        ...neverRefused(asked, watched),
      ];
    }),
});
