import type { Module } from '../modules.ts';
import { code, imports, isIn, type Wall } from './wall.ts';

const ENV_READERS =
  /^(config\/env\.ts|host\/pages\/next-pages\.ts|instrumentation\.ts|next\.config\.ts|(scripts|tests)\/.+)$/;

export const FILES: readonly Wall[] = [
  {
    says: 'only config/env.ts reads the environment; beside it the scripts that start and build, the tests, and what Next sets',
    breaches: code(/\bprocess\s*\.\s*env\b/g, (path) => !ENV_READERS.test(path), beforeMain),
    seed: { 'kernel/upstream/exchange/client.ts': 'const url = process.env.CATALOG_URL;' },
  },
  {
    says: 'a page asks an operation, never our own HTTP API',
    breaches: code(
      /\bfetch\s*\(/g,
      (path) => /^app\/.+\.tsx$/.test(path),
      (module) => (/^\s*['"]use client['"]/.test(module.text) ? '' : module.code),
    ),
    seed: { 'app/page.tsx': `const home = await fetch('http://localhost:3000/api/home');` },
  },
  {
    says: '.tsx stands only in app/',
    breaches: (house) =>
      house.filter(({ path }) => path.endsWith('.tsx') && !isIn('app')(path)).map(({ path }) => `${path}: is .tsx`),
    seed: { 'pages/index.tsx': '' },
  },
  {
    says: 'no imports go in a circle, type imports included',
    breaches: circles,
    seed: { 'kernel/base/a.ts': `import type { B } from './b.ts';`, 'kernel/base/b.ts': `export { a } from './a.ts';` },
  },
  {
    says: 'there are no barrels: nothing is exported from elsewhere but by operations/index.ts',
    breaches: (house) =>
      house.flatMap(({ path, imports }) =>
        path === 'operations/index.ts'
          ? []
          : imports.filter(({ again }) => again).map(({ specifier }) => `${path}: passes on ${specifier}`),
      ),
    seed: { 'kernel/flow/all.ts': `export * from './run.ts';` },
  },
  {
    says: 'errors and refusals are told apart by kind, never by instanceof',
    breaches: code(/\binstanceof\s+\w*(CallError|Refusal|Problem|EnvError)\w*/g, () => true),
    seed: { 'kernel/http/problem/failure.ts': 'if (thrown instanceof CallError) throw thrown;' },
  },
  {
    says: 'TypeScript is erasable: no enums, no namespaces',
    breaches: code(/\b(enum|namespace)\s+[A-Za-z]\w*\s*\{/g, () => true),
    seed: { 'kernel/base/lane.ts': 'export const enum Lane { Main }' },
  },
  {
    says: 'an import of our own carries its extension',
    breaches: imports((_, { specifier, target }) => target !== undefined && !/\.(tsx?|mjs|css|json)$/.test(specifier)),
    seed: { 'kernel/flow/run.ts': `import { callError } from '#kernel/base/call-error';` },
  },
  {
    says: 'an import of our own names a file that is there',
    breaches: (house) => {
      const there = new Set(house.map(({ path }) => path));
      return imports((_, { target }) => /\.tsx?$/.test(target ?? '') && !there.has(target ?? ''))(house);
    },
    seed: { 'kernel/flow/run.ts': `import { gone } from '#kernel/base/gone.ts';` },
  },
];

/** A file's code without its main block, which runs only where the file itself is started. */
function beforeMain({ code }: Module): string {
  return code.split('if (import.meta.main)')[0] ?? '';
}

function circles(house: readonly Module[]): string[] {
  const all = new Map(house.map((module) => [module.path, module]));
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push([...trail.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    for (const { target } of all.get(path)?.imports ?? []) if (target !== undefined) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const path of all.keys()) walk(path, []);
  return found;
}
