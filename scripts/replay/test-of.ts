import type { TraceFile } from '#schemas/view/server/trace-file.ts';

const KEBAB = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const MAX_LENGTH = 60;

/** Where the test of a replay stands; throws a sentence where it can't be called so. */
export function testFile(name: string): string {
  if (!KEBAB.test(name) || name.length > MAX_LENGTH) {
    throw new Error(`"${name}" can't name a test: small letters with dashes between words, such as reviews-were-slow.`);
  }
  return `tests/hosts/replays/${name}.test.ts`;
}

/** A test of the complete flow: the same request under the same scenario is answered as it was when it was replayed. */
export function testOf(name: string, target: string, scenario: string, origin: TraceFile, replayed: TraceFile): string {
  // That this process was busy can't be replayed. The scenario decides its own sections; others may differ next time.
  const isPlayed = (path: string) =>
    replayed.bars.some(({ section, upstream }) => section === path && `,${scenario}`.includes(`,${upstream}=`));
  const reported = Object.entries(replayed.sections).filter(([path]) => !path.includes('.') && isPlayed(path));
  const sections = Object.fromEntries(
    reported.map(([path, { state, reason }]) => [path, { state, ...(reason && reason !== 'busy' && { reason }) }]),
  );
  return `import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { IN_A_HURRY, over, type Running, runHost, stop, TOO_SLOW } from '#tests/support/host.ts';

let mocks: MockServer;
let host: Running;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none', slow: TOO_SLOW });
  host = await runHost('lean', { ...over(mocks), ...IN_A_HURRY });
});
afterAll(async () => {
  if (host) await stop(host);
  await mocks?.close();
});

/** Replayed from a request of ${oneLine(origin.at)}: ${oneLine(origin.headline)} */
test(${literal(name.replaceAll('-', ' '))}, async () => {
  const answer = await fetch(host.url + ${literal(target)}, { headers: { 'x-scenario': ${literal(scenario)} } });
  const body = (await answer.json()) as { meta?: { complete: boolean; sections: Record<string, unknown> } };
  expect(answer.status).toBe(${replayed.status});
  expect(body.meta?.complete).toBe(${replayed.status < 400 ? Object.keys(replayed.sections).length === 0 : 'undefined'});
${Object.entries(sections)
  .map(([path, status]) => `  expect(body.meta?.sections[${literal(path)}]).toMatchObject(${JSON.stringify(status)});`)
  .join('\n')}
});
`;
}

/** A text as a literal that no text of a trace gets out of. */
const literal = (text: string) =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

/** A text that ends no comment. */
const oneLine = (text: string) => text.replaceAll('*', '').replaceAll(/\s+/g, ' ').slice(0, 200);
