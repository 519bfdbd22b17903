import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMockServer } from '#mocks/server.ts';
import { appToken } from '#tests/support/app-login.ts';
import type { Drill } from '#tests/support/drill.ts';
import { npmFile, over, runHost, stop } from '#tests/support/host.ts';
import { table } from '#tests/support/table.ts';

/** Pinned versions, how each generator is called, and the calls that are made with what it has made. */
const FOLDER = join(import.meta.dirname, 'generated-clients');
const BIN = 'node_modules/.bin';
const GENERATORS: Readonly<Record<string, readonly string[]>> = {
  'openapi-typescript': ['openapi.json', '--output', 'made/openapi-fetch/api.ts'],
  'openapi-ts': ['--file', 'hey-api.config.ts'],
  orval: ['--config', 'orval.config.ts'],
  kubb: ['generate', '--config', 'kubb.config.ts', '--logLevel', 'silent'],
};
const TOOLS = ['openapi-fetch', 'hey-api', 'orval-fetch', 'orval-axios', 'kubb'];
const DOCUMENTS = { short: ['openapi.json'], full: ['openapi.json', 'openapi-3.0.json'] };
const WANTED = {
  types: 'pass',
  parts: 'both, nothing else',
  patch: 'Potsdam',
  stream: 'Potsdam, then Oslo',
  order: 'one order',
};
type Row = Readonly<Record<string, string>>;

export const drill: Drill = {
  name: 'generated clients: calls with each',
  proves:
    'what openapi-typescript, hey-api, orval and kubb make of our documents type-checks; it reads parts, patches, hears a stream and orders once',
  async run(size, tell) {
    const mocks = await startMockServer(0, { latency: 'none' });
    const host = await runHost('lean', over(mocks));
    const folder = mkdtempSync(join(tmpdir(), 'tributary-generated-'));
    const rows: Row[] = [];
    try {
      cpSync(FOLDER, folder, { recursive: true });
      const { code, output } = await node(folder, [
        npmFile(),
        'install',
        '--no-package-lock',
        '--ignore-scripts',
        '--prefer-offline',
      ]);
      assert.equal(code, 0, output);
      tell('the generators are installed');
      for (const document of DOCUMENTS[size]) {
        const answer = await fetch(`${host.url}/api/${document}`);
        writeFileSync(join(folder, 'openapi.json'), await answer.text());
        rmSync(join(folder, 'made'), { recursive: true, force: true });
        await generate(folder);
        const types = await checkTypes(folder);
        tell(`${document}: generated and type-checked`);
        for (const tool of TOOLS) {
          const token = await appToken(mocks.port, `generated${rows.length}`);
          const called = await node(folder, ['play.ts'], { TOOL: tool, BASE: host.url, TOKEN: token });
          const seen = called.code === 0 ? JSON.parse(called.output) : { parts: called.output };
          rows.push({ tool, document, types: types[tool] ?? '', ...seen });
        }
      }
    } finally {
      await stop(host);
      await mocks.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
    const columns = ['tool', 'document', ...Object.keys(WANTED)];
    const seen = table(
      columns,
      rows.map((row) => columns.map((column) => row[column] ?? '')),
    );
    for (const { tool, document, ...outcomes } of rows) assert.deepEqual(outcomes, WANTED, `${tool}\n${seen}`);
    return `\n${seen}\n `;
  },
};

async function generate(folder: string): Promise<void> {
  for (const [generator, args] of Object.entries(GENERATORS)) {
    const { code, output } = await node(folder, [join(BIN, generator), ...args]);
    assert.equal(code, 0, `${generator}: ${output}`);
  }
}

/** What the compiler says of what each tool has made and of the calls with it. */
async function checkTypes(folder: string): Promise<Row> {
  const { code, output } = await node(folder, [join(BIN, 'tsc'), '--noEmit']);
  const errors = output.split('\n').filter((line) => line.includes('error TS'));
  const of = (tool: string) => errors.filter((line) => /^(made|tools)\/([\w-]+)/.exec(line)?.[2] === tool);
  const found = TOOLS.map((tool) => [tool, of(tool)] as const);
  assert.equal(code, Math.min(found.flatMap(([, lines]) => lines).length, 1), output);
  return Object.fromEntries(found.map(([tool, lines]) => [tool, lines[0] ?? 'pass']));
}

/** Node on these arguments in a folder, with nothing of our environment but what programs need. */
function node(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const { PATH, HOME } = process.env;
  const all = { PATH, HOME, NO_COLOR: '1', ...env } as unknown as NodeJS.ProcessEnv;
  return new Promise((resolve) =>
    execFile(process.execPath, args, { cwd, env: all, timeout: 300_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: error ? stdout + stderr : stdout }),
    ),
  );
}
