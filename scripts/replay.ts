import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceFile } from '#schemas/view/server/trace-file.ts';
import { commandLine } from './command-line.ts';
import { tidy } from './new/files/tidy.ts';
import { writeAll } from './new/files/write.ts';
import { startReplayHost } from './replay/host.ts';
import { scenarioOf, targetOf } from './replay/scenario.ts';
import { testFile, testOf } from './replay/test-of.ts';
import { draw } from './trace/draw.ts';
import { fetchTrace, readTrace } from './trace/read.ts';

const ROOT = join(import.meta.dirname, '..');
const TIMEOUT_MS = 120_000;
const USAGE = `npm run replay -- <trace.json>                asks the same again, over mocks that fail in the same way
npm run replay -- <trace.json> --test <name>  and writes a test that holds what it was answered
`;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Replays a request of another server: on a host of its own, over mocks that fail as its upstreams did. */
async function main(): Promise<number> {
  const { values, positionals } = commandLine({ usage: USAGE, options: { test: { type: 'string' } }, words: 1 });
  const [file] = positionals;
  if (file === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const origin = readTrace(file);
  const target = targetOf(origin);
  const scenario = scenarioOf(origin);
  const test = values.test === undefined ? undefined : testFile(values.test);
  if (test !== undefined && scenario === '') {
    throw new Error('Nothing in it has failed in a way that mocks can play: there is nothing to hold.');
  }
  if (test !== undefined && existsSync(join(ROOT, test))) throw new Error(`${test} is there already.`);
  const replayed = await replay(target, scenario);
  say(`As it was\n---------\n${draw(origin)}`);
  say(`Replayed\n--------\n${draw(replayed)}`);
  if (target !== origin.target) say(`Its address was not told in full: ${target} stands for it.`);
  if (scenario === '') say('Nothing in it has failed in a way that mocks can play: it was asked without a scenario.');
  else
    say(
      `X-Scenario: ${scenario}\n\nnpm start, and then: curl -si -H 'x-scenario: ${scenario}' 'http://localhost:3000${target}'`,
    );
  if (test !== undefined && values.test !== undefined) {
    const text = testOf(values.test, target, scenario, origin, replayed);
    writeAll(ROOT, tidy(ROOT, [{ path: test, before: undefined, text }]));
    say(`\nWrote ${test}. Run it: npm test -- ${test}`);
  }
  return 0;
}

async function replay(target: string, scenario: string): Promise<TraceFile> {
  const host = await startReplayHost();
  try {
    const id = `replay-${randomUUID()}`;
    const headers = { 'x-request-id': id, ...(scenario === '' ? {} : { 'x-scenario': scenario }) };
    const answer = await fetch(host.url + target, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await answer.text();
    return await fetchTrace(host.url, id, undefined);
  } finally {
    await host.stop();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
