import { readFileSync, writeFileSync } from 'node:fs';
import { startMockServer } from '#mocks/server.ts';
import { operations } from '#operations/index.ts';
import { ABOUT } from '#operations/shape/about.ts';
import { openApi } from '#reference/document.ts';
import { over, runHost, stop } from '#tests/support/host.ts';
import { commandLine } from '../../scripts/command-line.ts';
import { baselineAfter, breaks, HOW_TO_ACCEPT } from './breaks.ts';
import { record } from './record.ts';
import { type Shape, shapeOf } from './shape.ts';

const FILE = new URL('../../operations/recorded/recording.json', import.meta.url);
const BASELINE = new URL('./baseline.json', import.meta.url);

const USAGE = `npm run record               asks a host of our own for everything anew, and writes down what it answers
npm run record -- --accept   also where it would break a program

What was added is promised from then on; where something would break a program, nothing more is promised without --accept.
`;
const { accept } = commandLine({ usage: USAGE, options: { accept: { type: 'boolean' } }, words: 0 }).values;

const mocks = await startMockServer(0, { latency: 'none' });
const host = await runHost('lean', over(mocks));
try {
  const recording = await record(host.url, `http://127.0.0.1:${mocks.port}`);
  writeJson(FILE, recording);
  process.stdout.write(`${Object.keys(recording).length} operations recorded.\n`);
} finally {
  await stop(host);
  await mocks.close();
}

const baseline = JSON.parse(readFileSync(BASELINE, 'utf8')) as Shape;
const now = shapeOf(openApi(operations, ABOUT, {}));
const said = breaks(baseline, now, new Date().toISOString().slice(0, 10));
if (said.length === 0 || accept) writeJson(BASELINE, baselineAfter(baseline, now));
if (said.length > 0) process.stdout.write(`\n${said.join('\n')}\n`);
if (said.length > 0 && !accept) {
  process.stdout.write(`\n${HOW_TO_ACCEPT}\n`);
  process.exitCode = 1;
}

function writeJson(file: URL, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
