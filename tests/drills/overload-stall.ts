import { pause } from '#tests/support/until.ts';
import { overloadDrill } from './overload/drill.ts';
import { allWhole, cameBack, dueFrom, neverRefused, noneOpened, type Seen, told } from './overload/figures.ts';
import { capacityOf, FIVE, HEALTH, inLab, KEPT, keep, moment, wholeAgain } from './overload/lab.ts';

const SIZES = {
  short: { stalls: [1_000], perSecond: 50, takes: 200, warm: 0.3, after: 1_500 },
  full: { stalls: [300, 1_000, 3_000], perSecond: 200, takes: 60, warm: 3, after: 8_000 },
};
const UPSTREAMS = ['catalog', 'pricing', 'inventory', 'reviews', 'recommendations'];
/** An answer that begins so long after a stall has nothing to do with it any more. */
const GRACE = 1_000;

/**
 * The server's process is stopped for a moment, as by a throttled container or a laptop that sleeps, while the upstreams
 * go on and answer. They take so long that ten calls and more of each are under way when it stops: as long as the stop
 * lasts these answers lie in the kernel's buffers, and the timers that come due are late. Seeded defect: in `kernel/upstream/exchange/exchange.ts` every timeout counts as the upstream's failure, whoever lost the
 * time: breakers of five healthy upstreams open.
 */
export const drill = overloadDrill({
  name: 'overload: the process is stopped',
  proves: 'what this process could not run is charged to no upstream, and is over when it is over',
  measure: (root, size, tell) =>
    inLab({ root, size }, async (lab) => {
      const { stalls, perSecond, takes, warm, after } = SIZES[size];
      const server = await lab.startServer();
      const capacity = await capacityOf(server, warm);
      await keep(server);
      const load = await lab.startLoad();
      load.aim(server, FIVE, [HEALTH, KEPT]);
      for (const name of UPSTREAMS) lab.takes(name, takes);
      load.rate(perSecond);
      await pause(GRACE);
      const spans: { readonly stall: number; readonly began: number; readonly over: number; readonly until: number }[] =
        [];
      for (const stall of stalls) {
        const began = moment();
        server.signal('SIGSTOP');
        await pause(stall);
        server.signal('SIGCONT');
        const over = moment();
        await pause(after);
        spans.push({ stall, began, over, until: moment() });
        tell(`stopped for ${stall} ms`);
      }
      load.rate(0);
      for (const name of UPSTREAMS) lab.takes(name, 0);
      const back = await wholeAgain(server);
      const { asked, watched } = await load.finish();
      const figures = spans.flatMap(({ stall, began, over, until }, place): Seen[] => [
        noneOpened(`breakers that opened, stopped for ${stall} ms`, server, {
          from: began,
          until: spans[place + 1]?.began ?? Infinity,
        }),
        allWhole(`whole of those from ${GRACE / 1_000} s after ${stall} ms on`, dueFrom(asked, over + GRACE, until)),
      ]);
      const most = `${capacity.toFixed(0)}, ${perSecond}`;
      return [
        ...figures,
        told('answers a second at most, and asked for', most),
        cameBack(back),
        ...neverRefused(asked, watched),
      ];
    }),
});
