import { hash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Generated, generate, POINTS } from '#tests/support/generated.ts';
import { freePort, type Running, runHost, stop } from '#tests/support/host.ts';

let tree: Generated;

const make = (...args: string[]) => tree.run(['scripts/new.ts', ...args]);

/** Everything in the copy, as one word. */
function state(): string {
  const files = readdirSync(tree.path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/node_modules|\.next/.test(entry.parentPath))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  return hash('sha256', files.map((file) => `${file}\0${readFileSync(file, 'utf8')}`).join('\0'));
}

beforeAll(async () => {
  tree = await generate();
});
afterAll(() => tree?.remove());

describe('what was made', () => {
  test('is reported file by file, with what changed, where to look and what to run', () => {
    for (const [name, { code, output }] of Object.entries(tree.said))
      expect([name, code, output]).toEqual([name, 0, output]);
    const { upstream, endpoint, list, listed, document, documented, widened, query, more } = tree.said;
    expect(upstream?.output).toContain('new      services/loyalty.ts\n');
    expect(upstream?.output).toMatch(/changed {2}mocks\/server\.ts\n {2}\+ +\d+ {2}import \{ loyaltyHandlers \}/);
    expect(upstream?.output).toMatch(/- +\d+ {2}# Which upstreams .*support\.\n {2}\+ +\d+ {2}# Which .*,loyalty\.\n/);
    expect(upstream?.output).toContain('npm test -- tests/services/loyalty');
    expect(endpoint?.output).toContain('http://localhost:3000/api/loyalty-card?scenario=loyalty=down');
    expect(endpoint?.output).toContain('  loyalty.points.referrer: nothing is known of it\n');
    expect(listed?.output).toContain('  badges.allList[].: no letter or digit is in its name\n');
    expect(list?.output).toContain(
      'badges.allList[].constructor: not in the schema, as every JavaScript object has one',
    );
    expect(documented?.output).toContain('parcels.parcels.parcels[].recipient_email: private: an e-mail address');
    expect(document?.output).toContain('Nothing of it is cached');
    expect(query?.output).toContain("curl -d '{}' http://127.0.0.1:4000/cms/graphql");
    expect(more?.output).toMatch(/Widened:\n {2}cms\.page\.title: new, a text\n/);
    expect(widened?.output).toMatch(/Widened:\n {2}loyalty\.points\.bonus: new, an object\n/);
  });

  test('passes the linter and the types', async () => {
    const written = Object.values(tree.said).flatMap(({ output }) => [
      ...output.matchAll(/^(?:new|changed) +(\S+\.(?:tsx?|json))$/gm),
    ]);
    const files = [...new Set(written.map(([, path]) => path ?? ''))];
    expect(files.length).toBeGreaterThan(30);
    const include = [...files.filter((path) => /\.tsx?$/.test(path)), 'mocks/**/*.d.ts'];
    const config = { extends: './tsconfig.json', include, compilerOptions: { incremental: false } };
    writeFileSync(join(tree.path, 'tsconfig.own.json'), JSON.stringify(config));
    const biome = await tree.run(['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...files]);
    expect([biome.code, biome.output]).toEqual([0, expect.stringContaining('No fixes applied')]);
    expect(await tree.run(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.own.json'])).toEqual({
      code: 0,
      output: '',
    });
    rmSync(join(tree.path, 'tsconfig.own.json'));
  });
});

describe('the tests that came with it', () => {
  test('pass; all of them, and those that watch over the rest: `npm run drills -- generator`', async () => {
    const file = 'tests/operations/loyalty/loyalty-card.test.ts';
    const { code, output } = await tree.run(['node_modules/vitest/vitest.mjs', 'run', '--project=unit', file]);
    expect([code, output]).toEqual([0, expect.stringContaining(`✓ |unit| ${file}`)]);
  });
});

describe('the lean host with it', () => {
  let host: Running;
  beforeAll(async () => {
    host = await runHost('lean', { MOCKS_PORT: String(await freePort()) }, { cwd: tree.path });
  });
  afterAll(async () => {
    if (host) await stop(host);
  });

  const ask = async (target: string) => {
    const answer = await fetch(host.url + target);
    return { status: answer.status, body: await answer.json() };
  };

  test('answers the endpoint, in our words', async () => {
    const { status, body } = await ask('/api/loyalty-card');
    expect([status, body.meta.complete]).toEqual([200, true]);
    expect(body.loyalty).toEqual({
      memberId: 'm-1042',
      balance: 1_240,
      tier: { name: 'Silver', nextAt: 2_000, progress: 0.62 },
      joinedOn: '2024-03-01',
      history: POINTS.history,
    });
    const badges = await ask('/api/wall-of-badges');
    const first = { größe: 'L', itSX: true, '1st': { 深い: [[{ wertNeu: 1 }], []] } };
    expect(badges.body.badges).toEqual([first, { größe: 'M', aB: [{ soSo: 'y' }], itSX: false, '1st': null }]);
    const sent = { id: 's-1', sentAt: '2026-01-01T00:00:00Z', parts: [] };
    expect((await ask('/api/parcel-list')).body.parcels).toEqual({ parcels: [sent] });
    expect((await ask('/api/departments')).body.catalog.categories.length).toBeGreaterThan(5);
  });

  test('and says what it is without its upstream', async () => {
    const { status, body } = await ask('/api/loyalty-card?scenario=loyalty=down');
    const sections = { loyalty: { state: 'missing', reason: 'unavailable' } };
    expect([status, body]).toEqual([200, { meta: { complete: false, sections } }]);
  });

  test('lists it, and names the upstream among the mocked ones', async () => {
    const { paths } = (await ask('/api/openapi.json')).body;
    expect(paths['/api/loyalty-card'].get.operationId).toBe('getLoyaltyCard');
    expect((await ask('/api/health/ready')).body.mocked).toContain('loyalty');
  });
});

describe('what can’t be made', () => {
  test.each<[string, string[], number, RegExp]>([
    ['what is not known', ['service', 'x'], 2, /no service of this\. `npm run new -- --help` has the rest\.\n$/],
    ['what is there already', ['upstream', 'loyalty', '.scratch/points.json'], 1, /has a LOYALTY_URL already/],
    ['what nothing can fill', ['endpoint', 'x', '--from', 'reviews'], 1, /no public read without arguments/],
    ['a sample of what is not known', ['sample', 'nope', 'x.json'], 1, /"nope" is no upstream/],
    ['a sample of what was written by hand', ['sample', 'content', 'x.json'], 1, /widen its schema by hand/],
    ['a screen of what was made by hand', ['screen', 'home'], 1, /no endpoint as the generator makes it/],
    ['a screen that is there', ['screen', 'loyalty-card'], 1, /is there already/],
    ['a sample that adds nothing', ['sample', 'loyalty', '.scratch/points.json'], 0, /Nothing to widen/],
    ['what can’t be read', ['upstream', 'x', '--sample', 'no.json'], 1, /can't be read: ENOENT/],
  ])('%s is refused, and nothing is touched', async (_, args, code, why) => {
    const before = state();
    const ran = await make(...args);
    expect([ran.code, ran.output]).toEqual([code, expect.stringMatching(why)]);
    expect(state()).toBe(before);
  });

  test('help is what it is asked for', async () => {
    const { code, output } = await make('--help');
    expect([code, output]).toEqual([0, expect.stringMatching(/^npm run new upstream <name> -- --sample/)]);
  });
});
