import type { Module } from '../modules.ts';
import { floorOf, imports, isIn, isPackage, type Wall } from './wall.ts';

/** The one place where the shop's pages take parts of the inspector. */
const INSPECTOR_PARTS = 'app/inspector-parts.ts';
/** What is offered is in this list. */
const OFFER = 'operations/index.ts';
const DOCTOR = 'scripts/doctor.ts';
const MOCK_START = 'scripts/mocks-process.ts';

/** Which floors a floor may import besides itself. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  app: ['client', 'inspector', 'operations', 'reference', 'host', 'services', 'config', 'kernel', 'schemas'],
  client: ['operations', 'kernel', 'schemas'],
  inspector: ['operations', 'kernel', 'schemas'],
  pages: ['app', 'operations', 'host', 'services', 'config', 'kernel', 'schemas'],
  entry: ['operations', 'host', 'services', 'config', 'kernel', 'schemas', 'scripts'],
  operations: ['reference', 'host', 'services', 'config', 'kernel', 'schemas'],
  host: ['services', 'config', 'kernel', 'schemas'],
  services: ['config', 'kernel', 'schemas'],
  config: ['kernel', 'schemas'],
  reference: ['kernel', 'schemas'],
  kernel: [],
  schemas: [],
  mocks: ['schemas'],
  scripts: ['operations', 'host', 'services', 'config', 'kernel', 'schemas'],
  root: [],
};

export const FLOORS: readonly Wall[] = [
  {
    says: 'a floor imports only itself and the floors below it',
    breaches: imports((from, { target }) => {
      const [floor, other] = [floorOf(from), floorOf(target ?? '')];
      const free = target === undefined || floor === 'tests' || from === MOCK_START;
      return !free && floor !== other && !(BELOW[floor] ?? []).includes(other);
    }),
    seed: { 'services/catalog.ts': `import type { Product } from '#operations/catalog/product.ts';` },
  },
  {
    says: 'next/* stands only in app/, pages/ and the hosts, of which host/pages/next-pages.ts loads it',
    breaches: imports(
      (from, what) =>
        isPackage(what, 'next') &&
        !['app', 'pages', 'entry', 'tests'].includes(floorOf(from)) &&
        from !== 'host/pages/next-pages.ts',
    ),
    seed: { 'host/runtime.ts': `import { after } from 'next/server';` },
  },
  {
    says: 'React stands only in app/',
    breaches: imports(
      (from, what) => (isPackage(what, 'react') || isPackage(what, 'react-dom')) && !/^(app|tests)\//.test(from),
    ),
    seed: { 'operations/catalog/home.ts': `import { cache } from 'react';` },
  },
  {
    says: 'schemas import zod and nothing else',
    breaches: imports((from, what) => isIn('schemas')(from) && what.target === undefined && what.specifier !== 'zod'),
    seed: { 'schemas/view/money.ts': `import { inspect } from 'node:util';` },
  },
  {
    says: 'our shapes know nothing of the wire shapes',
    breaches: imports((from, { target }) => isIn('schemas/view')(from) && isIn('schemas/upstream')(target)),
    seed: { 'schemas/view/catalog/product.ts': `import { CatalogProduct } from '#schemas/upstream/catalog.ts';` },
  },
  {
    says: 'a mock knows the wire shapes, never ours',
    breaches: imports(
      (from, { target }) => isIn('mocks')(from) && isIn('schemas')(target) && !isIn('schemas/upstream')(target),
    ),
    seed: { 'mocks/catalog.ts': `import { ProductView } from '#schemas/view/catalog/product.ts';` },
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
    breaches: (house) => {
      const offered = new Set(
        house.filter(({ path }) => path === OFFER).flatMap(({ imports }) => imports.map(({ target }) => target)),
      );
      return imports((from, { target }) => isIn('operations')(from) && from !== OFFER && offered.has(target))(house);
    },
    seed: {
      [OFFER]: `import { getHome } from './catalog/home.ts';`,
      'operations/parts/cards.ts': `import { getHome } from '../catalog/home.ts';`,
    },
  },
  {
    says: 'only an adapter takes the list of all operations, and the doctor, which probes the calls that they begin with',
    breaches: imports(
      (from, { target }) =>
        target === OFFER && !['app', 'client', 'pages', 'entry', 'tests'].includes(floorOf(from)) && from !== DOCTOR,
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
    says: 'pages/ holds old versions of the API and nothing else: pages are in app/',
    breaches: (house) =>
      house
        .filter(({ path }) => isIn('pages')(path) && !/^pages\/api\/v\d+\/.+\.ts$/.test(path))
        .map(({ path }) => `${path}: is no old version`),
    seed: { 'pages/api/cart.ts': '' },
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
