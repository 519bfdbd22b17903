import type { Import, Module } from './modules.ts';

/** One wall of the house: what it forbids, how a breach is found, and a breach that it must find. */
export interface Wall {
  readonly says: string;
  /** The breaches in a house, each as `file: what is wrong`. */
  readonly breaches: (house: readonly Module[]) => string[];
  readonly seed: Readonly<Record<string, string>>;
}

const ROOMS = [
  'base',
  'telemetry',
  'state',
  'cache',
  'identity',
  'upstream',
  'flow',
  'contract',
  'realtime',
  'http',
  'reference',
];
/** The rooms within a room, in the same way; '' is what stands in the room itself. */
const ROOMS_WITHIN: Readonly<Record<string, readonly string[]>> = {
  base: ['json', '', 'time', 'load'],
  cache: ['', 'receipts', 'cdn'],
  state: ['', 'postgres'],
  telemetry: ['context', ''],
  upstream: ['calls', 'resilience', 'lane', 'tier', 'exchange'],
  http: [
    'negotiation',
    'problem',
    'request',
    'security',
    'engine',
    'response',
    'read',
    'write',
    'access',
    'trace',
    'live',
    'forms',
    'pipeline',
    'pages',
    'adapters',
  ],
};
const MOST_FILES = 15;
/** The one place where the shop's pages take parts of the inspector. */
const INSPECTOR_PARTS = 'app/inspector-parts.ts';
const DOCTOR = 'scripts/doctor.ts';
const MOCK_START = 'scripts/mocks-process.ts';
const ENTRIES = /^(server|lean-host|proxy|instrumentation|next\.config)\.ts$/;
const ENV_READERS = /^(config\/env\.ts|instrumentation\.ts|next\.config\.ts|(scripts|tests)\/.+)$/;

/** Which floors a floor may import besides itself. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  app: ['client', 'inspector', 'operations', 'host', 'services', 'config', 'kernel', 'schemas'],
  client: ['operations', 'kernel', 'schemas'],
  inspector: ['operations', 'kernel', 'schemas'],
  pages: ['app', 'operations', 'host', 'services', 'config', 'kernel', 'schemas'],
  entry: ['operations', 'host', 'services', 'config', 'kernel', 'schemas', 'scripts'],
  operations: ['host', 'services', 'config', 'kernel', 'schemas'],
  host: ['services', 'config', 'kernel', 'schemas'],
  services: ['config', 'kernel', 'schemas'],
  config: ['kernel', 'schemas'],
  kernel: [],
  schemas: [],
  mocks: ['schemas'],
  scripts: ['operations', 'host', 'services', 'config', 'kernel', 'schemas'],
  root: [],
};

const floorOf = (path: string): string => {
  if (ENTRIES.test(path)) return 'entry';
  return path.includes('/') ? (path.split('/')[0] ?? '') : 'root';
};
const roomOf = (path: string) => /^kernel\/([^/]+)\//.exec(path)?.[1] ?? '';
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
const innerRoomOf = (path: string) => /^kernel\/[^/]+\/(?:(.+)\/)?[^/]+$/.exec(path)?.[1] ?? '';
const isIn = (folder: string) => (path: string | undefined) => path?.startsWith(`${folder}/`) ?? false;

/** A wall on single imports. */
const imports =
  (forbidden: (from: string, what: Import) => boolean): Wall['breaches'] =>
  (house) =>
    house.flatMap(({ path, imports }) =>
      imports.filter((what) => forbidden(path, what)).map(({ specifier }) => `${path}: imports ${specifier}`),
    );

/** A wall on code. */
const code =
  (
    pattern: RegExp,
    where: (path: string) => boolean,
    part: (module: Module) => string = (module) => module.code,
  ): Wall['breaches'] =>
  (house) =>
    house
      .filter(({ path }) => where(path))
      .flatMap((module) => [...part(module).matchAll(pattern)].map(([found]) => `${module.path}: has ${found.trim()}`));

const isPackage = ({ specifier, target }: Import, name: string) =>
  target === undefined && (specifier === name || specifier.startsWith(`${name}/`));

export const WALLS: readonly Wall[] = [
  {
    says: 'no name is exported twice in the kernel',
    breaches: exportedTwice,
    seed: {
      'kernel/flow/run.ts': 'export async function start() {}',
      'kernel/http/engine.ts': 'export const start = () => {};',
    },
  },
  {
    says: 'a floor imports only itself and the floors below it',
    breaches: imports((from, { target }) => {
      const [floor, other] = [floorOf(from), floorOf(target ?? '')];
      const free = target === undefined || floor === 'tests' || from === MOCK_START;
      return !free && floor !== other && !(BELOW[floor] ?? []).includes(other);
    }),
    seed: { 'services/catalog.ts': `import type { Product } from '#operations/product.ts';` },
  },
  {
    says: 'a room of the kernel imports only itself and the rooms to its left',
    breaches: imports((from, { target }) => {
      const room = roomOf(target ?? '');
      return room !== '' && floorOf(from) === 'kernel' && ROOMS.indexOf(room) > ROOMS.indexOf(roomOf(from));
    }),
    seed: { 'kernel/cache/entry.ts': `import { run } from '#kernel/flow/run.ts';` },
  },
  {
    says: 'the kernel has no other rooms than these',
    breaches: (house) =>
      house
        .filter(({ path }) => floorOf(path) === 'kernel' && !ROOMS.includes(roomOf(path)))
        .map(({ path }) => `${path}: is in no room`),
    seed: { 'kernel/utils/misc.ts': '' },
  },
  {
    says: 'a room within a room of the kernel imports only itself and the rooms to its left',
    breaches: imports((from, { target = '' }) => {
      const inner = ROOMS_WITHIN[roomOf(from)];
      if (inner === undefined || roomOf(from) !== roomOf(target)) return false;
      return inner.indexOf(innerRoomOf(target)) > inner.indexOf(innerRoomOf(from));
    }),
    seed: { 'kernel/http/negotiation/etag.ts': `import { findHit } from '#kernel/http/read/hit.ts';` },
  },
  {
    says: 'a room of the kernel has no other rooms within it than these',
    breaches: (house) =>
      house
        .filter(({ path }) => floorOf(path) === 'kernel')
        .filter(({ path }) => !(ROOMS_WITHIN[roomOf(path)] ?? ['']).includes(innerRoomOf(path)))
        .map(({ path }) => `${path}: is in no room of its room`),
    seed: { 'kernel/http/utils/misc.ts': '' },
  },
  {
    says: 'a folder of the kernel and of the inspector holds no more files than can be held in mind',
    breaches: (house) => {
      const counts = new Map<string, number>();
      for (const { path } of house.filter(({ path }) => /^(kernel|inspector|app\/inspector)\//.test(path)))
        counts.set(folderOf(path), (counts.get(folderOf(path)) ?? 0) + 1);
      return [...counts].filter(([, count]) => count > MOST_FILES).map(([folder, count]) => `${folder}: has ${count}`);
    },
    seed: Object.fromEntries(Array.from({ length: MOST_FILES + 1 }, (_, at) => [`kernel/cache/file-${at}.ts`, ''])),
  },
  {
    says: 'the kernel knows no commerce: no identifier of it names an upstream or a product',
    breaches: code(/\b\w*(catalog|pricing|inventory|product|review|sku|storefront)\w*\b/gi, isIn('kernel')),
    seed: { 'kernel/flow/run.ts': 'const productId = 1;' },
  },
  {
    says: 'next/* stands only in app/, pages/ and the hosts',
    breaches: imports(
      (from, what) => isPackage(what, 'next') && !['app', 'pages', 'entry', 'tests'].includes(floorOf(from)),
    ),
    seed: { 'host/runtime.ts': `import { after } from 'next/server';` },
  },
  {
    says: 'React stands only in app/',
    breaches: imports(
      (from, what) => (isPackage(what, 'react') || isPackage(what, 'react-dom')) && !/^(app|tests)\//.test(from),
    ),
    seed: { 'operations/home.ts': `import { cache } from 'react';` },
  },
  {
    says: 'only config/env.ts reads the environment; beside it the scripts that start and build, the tests, and what Next sets',
    breaches: code(/\bprocess\s*\.\s*env\b/g, (path) => !ENV_READERS.test(path), beforeMain),
    seed: { 'kernel/upstream/exchange/client.ts': 'const url = process.env.CATALOG_URL;' },
  },
  {
    says: 'schemas import zod and nothing else',
    breaches: imports((from, what) => isIn('schemas')(from) && what.target === undefined && what.specifier !== 'zod'),
    seed: { 'schemas/view/money.ts': `import { inspect } from 'node:util';` },
  },
  {
    says: 'our shapes know nothing of the wire shapes',
    breaches: imports((from, { target }) => isIn('schemas/view')(from) && isIn('schemas/upstream')(target)),
    seed: { 'schemas/view/product.ts': `import { CatalogProduct } from '../upstream/catalog.ts';` },
  },
  {
    says: 'a mock knows the wire shapes, never ours',
    breaches: imports(
      (from, { target }) => isIn('mocks')(from) && isIn('schemas')(target) && !isIn('schemas/upstream')(target),
    ),
    seed: { 'mocks/catalog.ts': `import { ProductView } from '#schemas/view/product.ts';` },
  },
  {
    says: 'a service imports no service',
    breaches: (house) => {
      const services = new Set(house.filter(isService).map(({ path }) => path));
      return imports((from, { target }) => isIn('services')(from) && services.has(target ?? ''))(house);
    },
    seed: {
      'services/catalog.ts': `import { upstream } from '#kernel/upstream/calls/upstream-client.ts';`,
      'services/pricing.ts': `import { catalog } from './catalog.ts';`,
    },
  },
  {
    says: 'an operation imports no operation, and parts and shapes import none either',
    breaches: imports(
      (from, { target = '' }) =>
        isIn('operations')(from) && from !== 'operations/index.ts' && /^operations\/[^/]+$/.test(target),
    ),
    seed: { 'operations/parts/cards.ts': `import { getHome } from '../home.ts';` },
  },
  {
    says: 'only an adapter takes the list of all operations, and the doctor, which probes the calls that they begin with',
    breaches: imports(
      (from, { target }) =>
        target === 'operations/index.ts' &&
        !['app', 'client', 'pages', 'entry', 'tests'].includes(floorOf(from)) &&
        from !== DOCTOR,
    ),
    seed: { 'services/openapi.ts': `import { operations } from '#operations/index.ts';` },
  },
  {
    says: 'nothing but the tests and the mock start imports the mocks',
    breaches: imports(
      (from, { target }) => isIn('mocks')(target) && !/^(mocks|tests)\//.test(from) && from !== MOCK_START,
    ),
    seed: { 'scripts/dev.ts': `const { startMockServer } = await import('#mocks/server.ts');` },
  },
  {
    says: 'the shop stands without its inspector: nothing imports it but its own pages and the one file that shows parts of it',
    breaches: imports((from, { target }) => {
      if (isInspector(from) || floorOf(from) === 'tests') return false;
      return isIn('inspector')(target) || (isIn('app/inspector')(target) && from !== INSPECTOR_PARTS);
    }),
    seed: { 'app/guarded.tsx': `import { Strip } from './inspector/strip.tsx';` },
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
    says: 'the client brings nothing along: what it imports from elsewhere are types, and those only for its map',
    breaches: (house) =>
      house
        .filter(({ path }) => isIn('client')(path))
        .flatMap(({ path, text, imports: all }) =>
          all
            .filter(({ target }) => !isIn('client')(target))
            .filter(({ specifier }) => path !== 'client/api.ts' || !isTypeImport(text, specifier))
            .map(({ specifier }) => `${path}: imports ${specifier}`),
        ),
    seed: { 'client/api.ts': `import { operations } from '#operations/index.ts';` },
  },
  {
    says: '.tsx stands only in app/',
    breaches: (house) =>
      house.filter(({ path }) => path.endsWith('.tsx') && !isIn('app')(path)).map(({ path }) => `${path}: is .tsx`),
    seed: { 'pages/index.tsx': '' },
  },
  {
    says: 'pages/ holds old versions of the API and nothing else: pages are in app/',
    breaches: (house) =>
      house
        .filter(({ path }) => isIn('pages')(path) && !/^pages\/api\/v\d+\/.+\.ts$/.test(path))
        .map(({ path }) => `${path}: is no old version`),
    seed: { 'pages/api/cart.ts': '' },
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

function isInspector(path: string): boolean {
  return isIn('inspector')(path) || isIn('app/inspector')(path);
}

function isTypeImport(text: string, specifier: string): boolean {
  return new RegExp(`^import type [^;]*?from '${specifier}';`, 'm').test(text);
}

/** A service is what has a menu; the rest of services/ is what they share. */
function isService({ path, imports }: Module): boolean {
  return isIn('services')(path) && imports.some(({ target }) => target === 'kernel/upstream/calls/upstream-client.ts');
}

/** A file's code without its main block, which runs only where the file itself is started. */
function beforeMain({ code }: Module): string {
  return code.split('if (import.meta.main)')[0] ?? '';
}

const EXPORT = /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|let) (\w+)/gm;

/** One name, one meaning: overloads within a file are one export. */
function exportedTwice(house: readonly Module[]): string[] {
  const exported = new Map<string, string>();
  return house
    .filter(({ path }) => isIn('kernel')(path))
    .flatMap(({ path, code }) => {
      const names = new Set([...code.matchAll(EXPORT)].map(([, name = '']) => name));
      return [...names].flatMap((name) => {
        const other = exported.get(name);
        exported.set(name, path);
        return other === undefined ? [] : [`${path}: exports ${name}, as ${other} does`];
      });
    });
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
