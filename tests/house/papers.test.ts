import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeEnv } from '#config/env.ts';
import { operations } from '#operations/index.ts';
import { ABOUT } from '#operations/shape/about.ts';
import { openApi } from '#reference/document.ts';
import { fileOf, LOOKS, SCREENS } from '#tests/screenshots/screens.ts';
import { flagsOf, LEAN_FLAGS } from '#tests/support/lean-flags.ts';

test('.env.example names every variable as config/env-variables.ts declares it', () => {
  const blocks = describeEnv.map(
    ({ name, description, example, default: otherwise }) =>
      `# ${description}\n# Not set: ${otherwise}.\n#${name}=${example}`,
  );
  const [head, ...variables] = readFileSync('.env.example', 'utf8').trimEnd().split('\n\n');
  expect(head).toMatch(/^# .+$/);
  expect(variables).toEqual(blocks);
});

test('every picture that the README names is one that npm run screenshots makes', () => {
  const made = SCREENS.flatMap(({ name }) => LOOKS.map((look) => fileOf(name, look.name)));
  const named = [...readFileSync('README.md', 'utf8').matchAll(/!\[[^\]]+\]\((docs\/screenshots\/[^)]+)\)/g)].map(
    ([, path]) => path,
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((path) => !made.includes(path ?? ''))).toEqual([]);
});

test('every file that a paper links to is there', () => {
  const papers = [
    ...readdirSync('.'),
    ...readdirSync('docs', { recursive: true }).map((name) => join('docs', `${name}`)),
  ];
  const links = papers
    .filter((paper) => paper.endsWith('.md'))
    .flatMap((paper) =>
      [...readFileSync(paper, 'utf8').matchAll(/\]\(([^)#\s]+)/g)]
        .map(([, link = '']) => ({ paper, link }))
        .filter(({ link }) => !/^https?:/.test(link) && !link.startsWith('docs/screenshots/')),
    );
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(({ paper, link }) => !existsSync(join(dirname(paper), link)))).toEqual([]);
});

test('every file of ours that the guides to the code name is there', () => {
  const roots = ['app', 'kernel', 'services', 'host', 'operations', 'config', 'inspector', 'tests', 'scripts', '.'];
  const there = new Set(
    roots.flatMap((root) => readdirSync(root, { recursive: root !== '.' }).map((name) => basename(`${name}`))),
  );
  const named = ['AGENTS.md', 'docs/architecture.md', 'docs/lifecycle.md'].flatMap((paper) =>
    [...readFileSync(paper, 'utf8').matchAll(/`([\w./-]+\.ts)`/g)].map(([, path = '']) => ({ paper, path })),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ path }) => !there.has(basename(path)))).toEqual([]);
});

test('whoever runs the lean host is told the options that it has in package.json', () => {
  expect(LEAN_FLAGS).toHaveLength(3);
  const commands = ['package.json', 'Dockerfile', 'docs/deploy.md', 'docs/proxies.md'].flatMap((paper) =>
    readFileSync(paper, 'utf8')
      .split('\n')
      .filter((line) => /--[\w"=, .-]* "?server\.ts/.test(line))
      .map((line) => ({ paper, flags: flagsOf(line) })),
  );
  expect(commands.map(({ paper }) => paper)).toEqual([
    'package.json',
    'package.json',
    'Dockerfile',
    'docs/deploy.md',
    'docs/proxies.md',
  ]);
  for (const { flags } of commands) expect(flags).toEqual(LEAN_FLAGS);
});

test('the configurations for generators name what is there', () => {
  const swift = readFileSync('docs/apps/openapi-generator-config.yaml', 'utf8');
  const kotlin = readFileSync('docs/apps/build.gradle.kts', 'utf8');
  const { generate, filter } = parse(swift) as { generate: string[]; filter: { operations: string[] } };
  const ids = operations.map(({ contract }) => contract.id as string);
  expect(generate).toEqual(['types', 'client']);
  expect(filter.operations.filter((id) => !ids.includes(id))).toEqual([]);
  const { paths } = openApi(operations, ABOUT, {});
  for (const text of [swift, kotlin, readFileSync('docs/apps.md', 'utf8')]) {
    const addresses = text.match(/(?<=\/)api\/openapi[\w.-]*\.json/g) ?? [];
    expect(addresses.length).toBeGreaterThan(0);
    for (const address of addresses) expect(paths).toHaveProperty([`/${address}`]);
  }
});
