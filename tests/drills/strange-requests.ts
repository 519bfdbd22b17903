import { startMockServer } from '#mocks/server.ts';
import type { Drill } from '#tests/support/drill.ts';
import { over, runHost, stop } from '#tests/support/host.ts';
import { survives, TARGETS } from '#tests/support/strange-requests.ts';

const SIZES = { short: 100, full: 5_000 };
const AT_ONCE = 8;

/** Requests that no client library would send, at both hosts; the suite sends some to hosts that it has anyway. */
export const drill: Drill = {
  name: 'requests: strange ones',
  proves: 'whatever is sent, its connection answers the next request or is closed, and nothing is a 500',
  async run(size, tell) {
    const mocks = await startMockServer(0, { latency: 'none' });
    try {
      for (const kind of ['lean', 'next'] as const) {
        const host = await runHost(kind, over(mocks));
        try {
          const share = Math.ceil(SIZES[size] / AT_ONCE);
          await Promise.all(Array.from({ length: AT_ONCE }, () => survives(host.port, TARGETS, share)));
        } finally {
          await stop(host);
        }
        tell(`${SIZES[size]} at the ${kind} host`);
      }
    } finally {
      await mocks.close();
    }
    return `${SIZES[size]} requests at each host`;
  },
};
