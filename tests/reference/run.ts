import { writeFileSync } from 'node:fs';
import { startMockServer } from '#mocks/server.ts';
import { over, runHost, stop } from '#tests/support/host.ts';
import { record } from './record.ts';

const FILE = new URL('../../operations/shape/recording.json', import.meta.url);

/** Asks a host of our own for everything anew, and writes down what it answers. */
const mocks = await startMockServer(0, { latency: 'none' });
const host = await runHost('lean', over(mocks));
try {
  const recording = await record(host.url, `http://127.0.0.1:${mocks.port}`);
  writeFileSync(FILE, `${JSON.stringify(recording, null, 2)}\n`);
  process.stdout.write(`${Object.keys(recording).length} operations recorded.\n`);
} finally {
  await stop(host);
  await mocks.close();
}
