import type { Module } from '../modules.ts';
import { code, floorOf, imports, isIn, isPackage, type Wall } from './wall.ts';

const ROOMS = ['base', 'telemetry', 'state', 'cache', 'identity', 'upstream', 'flow', 'contract', 'realtime', 'http'];
/** The rooms within a room, in the same way; '' is what stands in the room itself. */
const ROOMS_WITHIN: Readonly<Record<string, readonly string[]>> = {
  base: ['json', '', 'time', 'load'],
  cache: ['', 'receipts', 'cdn'],
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

const roomOf = (path: string) => /^kernel\/([^/]+)\//.exec(path)?.[1] ?? '';
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
const innerRoomOf = (path: string) => /^kernel\/[^/]+\/(?:(.+)\/)?[^/]+$/.exec(path)?.[1] ?? '';

export const KERNEL: readonly Wall[] = [
  {
    says: 'no name is exported twice in the kernel',
    breaches: exportedTwice,
    seed: {
      'kernel/flow/run.ts': 'export async function start() {}',
      'kernel/http/engine.ts': 'export const start = () => {};',
    },
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
    says: 'a comment of the kernel names the party: it says nobody, somebody, anybody, whoever or everybody nowhere',
    breaches: code(
      /(?:^\s*(?:\/\/|\/\*|\*)|\s\/\/\s).*\b(?:nobody|somebody|anybody|whoever|everybody)\b/gim,
      isIn('kernel'),
      ({ text }) => text,
    ),
    seed: { 'kernel/flow/run.ts': `/** Nobody waits for it. */` },
  },
  {
    says: 'a room within a room of the kernel imports only itself and the rooms to its left',
    breaches: imports((from, { target = '' }) => {
      const inner = ROOMS_WITHIN[roomOf(from)];
      if (inner === undefined || roomOf(from) !== roomOf(target)) return false;
      return inner.indexOf(innerRoomOf(target)) > inner.indexOf(innerRoomOf(from));
    }),
    seed: { 'kernel/http/negotiation/fields.ts': `import { findHit } from '#kernel/http/read/hit.ts';` },
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
    says: 'a folder of the kernel, of the configuration, of the inspector, of what we offer and of the generator holds no more files than can be held in mind',
    breaches: (house) => {
      const counts = new Map<string, number>();
      for (const { path } of house.filter(({ path }) =>
        /^(kernel|reference|config|inspector|app\/(inspector|components)|operations|schemas\/view|host|scripts\/new)\//.test(
          path,
        ),
      ))
        counts.set(folderOf(path), (counts.get(folderOf(path)) ?? 0) + 1);
      return [...counts].filter(([, count]) => count > MOST_FILES).map(([folder, count]) => `${folder}: has ${count}`);
    },
    seed: Object.fromEntries(Array.from({ length: MOST_FILES + 1 }, (_, at) => [`kernel/cache/file-${at}.ts`, ''])),
  },
  {
    says: 'the kernel opens no port: servers are in host/server',
    breaches: code(
      /\bcreate(Secure)?Server\b|\bcreateSocket\b|\b(extends|new) (\w+\.)?(Http)?Server\b|\.listen\(/g,
      isIn('kernel'),
    ),
    seed: { 'kernel/http/adapters/node-server.ts': 'export class LimitedServer extends Server {}' },
  },
  {
    says: 'the kernel opens no database: adapters of its state are in services/state',
    breaches: imports(
      (from, what) =>
        isIn('kernel')(from) && (what.specifier === 'node:sqlite' || isPackage(what, 'pg') || isPackage(what, 'redis')),
    ),
    seed: { 'kernel/state/sqlite.ts': `import { DatabaseSync } from 'node:sqlite';` },
  },
  {
    says: 'the kernel knows no commerce: no identifier of it names an upstream or a product',
    breaches: code(/\b\w*(catalog|pricing|inventory|product|review|sku|storefront)\w*\b/gi, isIn('kernel')),
    seed: { 'kernel/flow/run.ts': 'const productId = 1;' },
  },
];

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
