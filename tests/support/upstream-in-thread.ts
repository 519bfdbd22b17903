import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const [ARRIVED, MAY_ANSWER, ANSWERED] = [0, 1, 2];

/** An upstream in a thread of its own, which goes on while this one stands still. Every answer waits for a word. */
export interface ThreadUpstream {
  readonly url: string;
  /** Resolves once a request is there. */
  arrived(): Promise<void>;
  /** Keeps this thread from doing anything else for so long; the answer, if one is wanted, is on its way before that ends. */
  standStill(milliseconds: number, answers: boolean): void;
  close(): Promise<void>;
}

export async function startUpstreamInThread(body: string): Promise<ThreadUpstream> {
  const flags = new Int32Array(new SharedArrayBuffer(12));
  const worker = new Worker(
    `const { workerData: { flags, body }, parentPort } = require('node:worker_threads');
     const server = require('node:http').createServer((request, response) => {
       Atomics.store(flags, ${ARRIVED}, 1);
       const ask = () => {
         if (Atomics.load(flags, ${MAY_ANSWER}) === 0) return setTimeout(ask, 1);
         response.writeHead(200, { 'content-type': 'application/json' });
         response.end(body, () => Atomics.store(flags, ${ANSWERED}, 1));
       };
       ask();
     }).listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: { flags, body } },
  );
  const [port] = await once(worker, 'message');
  return {
    url: `http://127.0.0.1:${port}/`,
    async arrived() {
      while (Atomics.load(flags, ARRIVED) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    },
    standStill(milliseconds, answers) {
      const end = performance.now() + milliseconds;
      if (answers) Atomics.store(flags, MAY_ANSWER, 1);
      while (performance.now() < end || (answers && Atomics.load(flags, ANSWERED) === 0));
    },
    close: async () => {
      await worker.terminate();
    },
  };
}
