import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyOfTree } from './copy-of-tree.ts';

export const POINTS = {
  member_id: 'm-1042',
  balance: 1_240,
  tier: { name: 'Silver', 'next-at': 2_000, progress: 0.62 },
  joined_on: '2024-03-01',
  referrer: null,
  history: [
    { id: 1, delta: 40, at: '2026-11-23T09:30:00+01:00', orderId: 'o-1' },
    { id: 2, delta: -10, at: '2026-11-23T09:30:00Z' },
  ],
};
/** A list at the top, keys of every kind, nulls and lists within lists. */
const BADGES = [
  { größe: 'L', 'a-b': null, '': 1, 'it`s "x"': true, '1st': { 深い: [[{ wert_neu: 1 }], []] }, constructor: 'x' },
  { größe: 'M', 'a-b': [{ so_so: 'y' }], '': 'no', 'it`s "x"': false, '1st': null, constructor: 'y' },
];

/** Another answer of the first: more of some things, less of others. */
const MORE_POINTS = { member_id: 'm-7', balance: 10.5, tier: null, bonus: { ends_on: '2026-12-24' }, history: [] };
const PARCELS = `openapi: 3.0.3
info: { title: Parcels, version: '1' }
paths:
  /v1/parcels:
    get:
      operationId: listParcels
      responses:
        '200': { description: all, content: { application/json: { schema: { $ref: '#/components/schemas/Page' } } } }
components:
  schemas:
    Page: { type: object, properties: { parcels: { type: array, items: { $ref: '#/components/schemas/Parcel' } } } }
    Parcel:
      allOf:
        - { type: object, required: [id], properties: { id: { type: string, example: s-1 }, sent_at: { type: string, format: date-time, nullable: true } } }
        - { type: object, properties: { parts: { type: array, items: { $ref: '#/components/schemas/Parcel' } }, recipient_email: { type: string } } }
`;

const PAGE = 'query Page($slug: String!) { page(slug: $slug) { id blocks { id text } } }';
const PAGE_ANSWER = { data: { page: { id: 'p-1', blocks: [{ id: 1, text: 'Hello' }] } } };
const MORE_PAGE = { data: { page: { id: 'p-2', title: 'Home', blocks: null } } };

export interface Ran {
  readonly code: number;
  readonly output: string;
}

type Command =
  | 'upstream'
  | 'endpoint'
  | 'list'
  | 'listed'
  | 'known'
  | 'document'
  | 'documented'
  | 'widened'
  | 'screen'
  | 'query'
  | 'queried'
  | 'more';

/** A copy of the tree with four upstreams and five endpoints that `npm run new` has made. */
export interface Generated {
  readonly path: string;
  /** What each command has said. */
  readonly said: Readonly<Record<Command, Ran>>;
  /** Runs Node in the copy, as npm does for somebody who called it from `from`. */
  run(args: readonly string[], how?: { readonly input?: string; readonly from?: string }): Promise<Ran>;
  remove(): void;
}

export async function generate(): Promise<Generated> {
  const { path, remove } = copyOfTree([], { tests: true });
  const scratch = join(path, '.scratch');
  mkdirSync(scratch);
  writeFileSync(join(scratch, 'points.json'), JSON.stringify(POINTS));
  writeFileSync(join(scratch, 'more-points.json'), JSON.stringify(MORE_POINTS));
  writeFileSync(join(scratch, 'parcels.yaml'), PARCELS);
  writeFileSync(join(scratch, 'page.graphql'), PAGE);
  writeFileSync(join(scratch, 'page.json'), JSON.stringify(PAGE_ANSWER));
  writeFileSync(join(scratch, 'more-page.json'), JSON.stringify(MORE_PAGE));
  writeFileSync(join(scratch, 'variables.json'), '{"slug":"home"}');
  const run: Generated['run'] = (args, { input, from = path } = {}) =>
    new Promise((resolve) => {
      const env = { PATH: process.env.PATH, NO_COLOR: '1', INIT_CWD: from } as unknown as NodeJS.ProcessEnv;
      const child = execFile(process.execPath, [...args], { cwd: path, env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      );
      child.stdin?.end(input);
    });
  const make = (args: readonly string[], how = {}) => run(['scripts/new.ts', ...args], how);
  const upstream = await make(['upstream', 'loyalty', '--sample', 'points.json'], { from: scratch });
  const endpoint = await make(['endpoint', 'loyalty-card']);
  const input = JSON.stringify(BADGES);
  const list = await make(['upstream', 'badges', '--sample', '-', '--path', 'v1/all.list'], { input });
  const listed = await make(['endpoint', 'wall-of-badges', '--from', 'badges.allList']);
  const known = await make(['endpoint', 'departments', 'catalog']);
  const openapi = ['--openapi', 'parcels.yaml', '--operation', 'listParcels'];
  const document = await make(['upstream', 'parcels', ...openapi], { from: scratch });
  const documented = await make(['endpoint', 'parcel-list', '--from', 'parcels']);
  const widened = await make(['sample', 'loyalty', 'more-points.json'], { from: scratch });
  const screen = await make(['screen', 'loyalty-card']);
  const asked = ['--graphql', 'page.graphql', '--variables', 'variables.json', '--sample', 'page.json'];
  const query = await make(['upstream', 'cms', ...asked], { from: scratch });
  const queried = await make(['endpoint', 'cms-page']);
  const more = await make(['sample', 'cms', 'more-page.json'], { from: scratch });
  return {
    path,
    said: { upstream, endpoint, list, listed, known, document, documented, widened, screen, query, queried, more },
    run,
    remove,
  };
}
