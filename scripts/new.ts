import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { changedLines } from './new/changed-lines.ts';
import type { Draft, Read } from './new/edits.ts';
import { newEndpoint } from './new/endpoint.ts';
import { firstCall } from './new/first-call.ts';
import { isRefused, refused } from './new/refused.ts';
import { type Request, readRequest, USAGE } from './new/request.ts';
import { parseSample } from './new/sample.ts';
import { tidy } from './new/tidy.ts';
import { newUpstream } from './new/upstream.ts';
import { writeAll } from './new/write.ts';

const ROOT = join(import.meta.dirname, '..');
const SHOP = 'http://localhost:3000';
const MOCKS = 'http://127.0.0.1:4000';

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Generates an upstream or an endpoint: all files are made and checked before the first is written. */
async function main(args: readonly string[]): Promise<number> {
  const request = readRequest(args);
  if (request.kind === 'wrong') {
    process.stderr.write(`${request.why}\n\n${USAGE}`);
    return 2;
  }
  if (request.kind === 'help') say(USAGE.trimEnd());
  else if (request.kind === 'upstream') makeUpstream(request);
  else await makeEndpoint(request);
  return 0;
}

function makeUpstream({ name, sample, path: wanted }: Extract<Request, { kind: 'upstream' }>): void {
  const path = wanted ?? (sample === '-' ? name : basename(sample, '.json'));
  write(newUpstream(read, { name, path, sample: parseSample(sampleText(sample)) }));
  say(`
Open   ${MOCKS}/${name}/${path}  while npm run dev or npm run mocks is on
Test   npm test -- tests/services/${name} tests/mocks/misbehaviour
Then   npm run new endpoint <name> -- --from ${name}, and ${name.toUpperCase()}_URL once there is a real one`);
}

async function makeEndpoint({ name, from }: Extract<Request, { kind: 'endpoint' }>): Promise<void> {
  const leftOut: string[] = [];
  const first = await firstCall(read, name, from);
  write(newEndpoint(read, name, first, (path) => leftOut.push(path)));
  if (leftOut.length > 0) say(`\nLeft out of the view, as the sample shows no one kind of it: ${leftOut.join(', ')}`);
  say(`
Open   ${SHOP}/api/${name}  and  ${SHOP}/api/${name}?scenario=${first.upstream}=down
Test   npm test -- tests/operations/${name}`);
}

const read: Read = (path) => {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

function sampleText(from: string): string {
  try {
    // npm runs us in the project's folder, wherever it was called.
    return readFileSync(from === '-' ? process.stdin.fd : resolve(process.env.INIT_CWD ?? '.', from), 'utf8');
  } catch (error) {
    throw refused(`The sample can't be read: ${(error as Error).message}`);
  }
}

function write(drafts: readonly Draft[]): void {
  const tidied = tidy(ROOT, drafts);
  writeAll(ROOT, tidied);
  for (const { path, before } of tidied) if (before === undefined) say(`new      ${path}`);
  for (const { path, before, text } of tidied) {
    if (before === undefined) continue;
    say(`changed  ${path}`);
    for (const line of changedLines(before, text)) say(`  ${line}`);
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (!isRefused(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
