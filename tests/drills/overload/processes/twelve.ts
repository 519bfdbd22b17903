import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { moduleIn } from '../module-in.ts';
import { friendsOf, NAMES } from '../twelve.ts';

const ROOT = process.argv[2] ?? '.';
const from = (path: string) => import(pathToFileURL(join(ROOT, path)).href);
const load = (room: string, ...names: string[]) => import(pathToFileURL(moduleIn(ROOT, room, ...names)).href);

const loaded = await load('http', 'engine.ts');
/** Older commits call it `start`. */
const createEngine: typeof import('#kernel/http/engine/engine.ts').createEngine = loaded.createEngine ?? loaded.start;
const { answerNode }: typeof import('#kernel/http/adapters/node-adapter.ts') = await load(
  'http',
  'node-adapter.ts',
  'node-door.ts',
);
const { LimitedServer }: typeof import('#host/server/node-server.ts') = await load('http', 'node-server.ts');
const { routesOf }: typeof import('#kernel/http/engine/routing.ts') = await load('http', 'routing.ts');
const { operation }: typeof import('#kernel/contract/operation.ts') = await load('contract', 'operation.ts');
const { optional, subject }: typeof import('#kernel/flow/section.ts') = await load('flow', 'section.ts');
const { upstream }: typeof import('#kernel/upstream/calls/upstream-client.ts') = await load(
  'upstream',
  'upstream-client.ts',
  'menu.ts',
);
const { path }: typeof import('#kernel/upstream/calls/path.ts') = await load('upstream', 'path.ts');
const { runtimeOver } = await from('tests/bench/five.ts');
const { listen } = await from('tests/bench/servers/listen.js');

/** The benchmark's lean server, of the checkout that the first argument names, over twelve upstreams. */
const Said = z.object({ id: z.string(), text: z.string() });
const View = z.object({ said: z.array(z.string()) });
const calls = Object.fromEntries(
  NAMES.map((name) => {
    const http = upstream(name, { timeout: 1_200, attempts: 1, parallel: 32 });
    return [name, (id: string) => http.get(path`things/${id}`, Said)];
  }),
);

/** One upstream alone, and each with three friends that its answer can do without. */
const operations = NAMES.flatMap((name) => {
  const call = (of: string) => calls[of] as NonNullable<(typeof calls)[string]>;
  const common = {
    audience: 'public',
    input: z.object({ id: z.string() }),
    example: { id: 'p-000042' },
    output: View,
    deadline: 1_500,
  } as const;
  const alone = operation(
    { ...common, id: `${name}Alone`, route: `GET /api/${name}/{id}`, summary: `What ${name} says` },
    ({ id }, { all }) => all({ own: subject(call(name)(id)) }, ({ own }) => ({ said: [own.text] })),
  );
  const friends = operation(
    {
      ...common,
      id: `${name}AndFriends`,
      route: `GET /api/${name}/{id}/friends`,
      summary: `What ${name} and others say`,
    },
    ({ id }, { all }) => {
      const [one = name, two = name, three = name] = friendsOf(name);
      const sections = {
        own: subject(call(name)(id)),
        one: optional(call(one)(id)),
        two: optional(call(two)(id)),
        three: optional(call(three)(id)),
      };
      return all(sections, ({ own, one, two, three }) => ({
        said: [own, one, two, three].flatMap((said) => said?.text ?? []),
      }));
    },
  );
  return [alone, friends];
});

const url = process.env.UPSTREAMS ?? '';
const upstreams = Object.fromEntries(NAMES.map((name) => [name, { url: `${url}/${name}/`, mocked: false }]));
const engine = createEngine({ ...runtimeOver(url), upstreams }, operations);
const routes = routesOf(operations);
listen(
  new LimitedServer((request: Parameters<typeof answerNode>[2], response: Parameters<typeof answerNode>[3]) =>
    answerNode(engine, routes, request, response),
  ),
);
