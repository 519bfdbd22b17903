import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { callForSample, firstCall } from './new/answers/first-call.ts';
import { dataSample, type Question, questionOf, rootOf } from './new/answers/graphql.ts';
import { learned, seedOf } from './new/answers/learn.ts';
import { liveSample, mayBeSecret, withoutSecrets } from './new/answers/live-sample.ts';
import { type Documented, documented } from './new/answers/openapi.ts';
import { masked } from './new/answers/private.ts';
import { parseSample, type Sample } from './new/answers/sample.ts';
import { changedLines } from './new/files/changed-lines.ts';
import type { Draft, Read } from './new/files/edits.ts';
import { tidy } from './new/files/tidy.ts';
import { writeAll } from './new/files/write.ts';
import { camel } from './new/names.ts';
import { filled, namedPath, parameterNames, parametersOf } from './new/path-parameters.ts';
import { isRefused, refused } from './new/refused.ts';
import { type Request, readRequest, type UpstreamRequest, USAGE } from './new/request.ts';
import { hasPrivate, inheritedIn, merge, shapeOf } from './new/shapes/shape.ts';
import { newEndpoint } from './new/texts/endpoint.ts';
import { newScreen } from './new/texts/screen.ts';
import { newUpstream, tooLarge } from './new/texts/upstream.ts';
import { differences, widened } from './new/texts/widen.ts';

const ROOT = join(import.meta.dirname, '..');
const SHOP = 'http://localhost:3000';
const MOCKS = 'http://127.0.0.1:4000';

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Generates an upstream, an endpoint or a screen: all files are made and checked before the first is written. */
async function main(args: readonly string[]): Promise<number> {
  const request = readRequest(args);
  if (request.kind === 'wrong') {
    process.stderr.write(`${request.why} \`npm run new -- --help\` has the rest.\n`);
    return 2;
  }
  if (request.kind === 'help') say(USAGE.trimEnd());
  else if (request.kind === 'upstream') await makeUpstream(request);
  else if (request.kind === 'sample') await widenUpstream(request);
  else if (request.kind === 'screen') makeScreen(request.name);
  else await makeEndpoint(request);
  return 0;
}

async function makeUpstream(request: UpstreamRequest): Promise<void> {
  const { name, marks, live: asked, document: from } = request;
  const notes = noting();
  const masks = noting();
  const { question, files } = readAnswers(request);
  const document = from && documented(textOf(from.file, 'document'), from.operation, notes.tell);
  const live = asked && (await liveSample(asked.url, asked.headers));
  const { path, call } = question
    ? { path: request.path ?? 'graphql', call: camel(question.document.name) }
    : addressOf(request, document);
  const samples = [...files, ...(live ? [withoutSecrets(parseSample(live.text), live.secrets)] : [])];
  // What a document shows is an answer as well; it has no say against the document.
  const example = parseSample(JSON.stringify(document?.example ?? null));
  const root = `${name}.${call}`;
  const described = document && (samples.length > 0 ? document.shape : merge(document.shape, shapeOf(example.json)));
  const shape = learned({ samples, described, marks }, root, notes.tell);
  const seed = seedOf(samples.length > 0 ? samples : [example], root, masks.tell);
  // What was asked for with headers may be for whom they name.
  const isPrivate = hasPrivate(shape) || (asked?.headers ?? []).length > 0;
  for (const { value } of samples)
    for (const at of inheritedIn(value, root)) notes.tell(at, 'not in the schema, as every JavaScript object has one');
  const size = tooLarge(seed);
  if (size !== undefined) notes.tell(root, size);
  const asking = question && { ...question, variables: masked(question.variables, 'variables', masks.tell) as object };
  const parameters = parametersOf(parameterNames(path), seed);
  write(
    newUpstream(read, {
      name,
      path,
      call,
      shape,
      seed,
      isPrivate,
      parameters,
      ...(asking && { question: asking as Question }),
    }),
  );
  list('Masked in the seed, and left out of views', masks.all);
  list('To be known', notes.all);
  if (isPrivate)
    say(
      `\nNothing of it is cached, as it seems to be one user's own. If it is public after all, see services/${name}.ts.`,
    );
  say(`
${question ? `Ask    curl -d '{}' ${MOCKS}/${name}/${path}` : `Open   ${MOCKS}/${name}/${filled(path, parameters)}`}  while npm run dev or npm run mocks is on
Test   npm test -- tests/services/${name} tests/mocks/misbehaviour
Then   npm run new endpoint <name> -- --from ${name}, and ${name.toUpperCase()}_URL once there is a real one
       npm run new sample ${name} <file.json>, with each further answer that you have`);
}

/** The samples; of answers by GraphQL, what stands in their data. */
function readAnswers({ samples, graphql }: UpstreamRequest): { question?: Question; files: Sample[] } {
  const files = samples.map((file) => parseSample(textOf(file, 'sample')));
  const [first] = files;
  if (graphql === undefined || first === undefined) return { files };
  const { file, variables } = graphql;
  const asked = questionOf(textOf(file, 'query'), variables === undefined ? undefined : textOf(variables, 'variables'));
  const root = rootOf(first);
  const document = { ...asked.document, ...(root !== undefined && { root }) };
  return { question: { ...asked, document }, files: files.map((one) => dataSample(one, root)) };
}

/** What an upstream is asked for, and what its call is named. */
function addressOf({ name, samples, path, live }: UpstreamRequest, document: Documented | undefined) {
  const documentedPath = document?.path.replace(/^\//, '');
  const [file = '-'] = samples;
  const livePath = live && URL.parse(live.url)?.pathname.slice(1);
  if (path === undefined && documentedPath === undefined && livePath?.split('/').some(mayBeSecret))
    throw refused(`A part of ${live?.url.split('?', 1)[0]} may be a key or a user's id: say --path, without it.`);
  const wanted = path ?? documentedPath ?? livePath ?? (file === '-' ? name : basename(file, '.json'));
  const last = camel(wanted.split('/').findLast((segment) => !segment.startsWith('{')) ?? '');
  // An id or a version at the end names nothing.
  const call = /^[a-z]/.test(last) ? last : camel(document?.operation || name);
  return { path: namedPath(wanted.replace(/^\//, '')), call };
}

async function widenUpstream({ name, files, marks }: Extract<Request, { kind: 'sample' }>): Promise<void> {
  const notes = noting();
  const { call, path, shape: before, graphql } = await callForSample(name);
  const whole = files.map((file) => parseSample(textOf(file, 'sample')));
  const samples = graphql ? whole.map((one) => dataSample(one, graphql.root)) : whole;
  const after = learned({ samples, described: before, isOverruled: false, marks }, `${name}.${call}`, notes.tell);
  const drafts = widened(read, { name, call, path, before, after, graphql }, (all) => tidy(ROOT, all));
  const more = differences(before, after, `${name}.${call}`);
  if (drafts.length === 0) {
    say(`Nothing to widen: schemas/upstream/${name}.ts takes all of it.`);
    return;
  }
  write(drafts);
  list('Widened', more);
  const isUnkept = drafts.some((draft) => draft.path === `services/${name}.ts`);
  if (hasPrivate(after) && !hasPrivate(before))
    say(
      `\nIt has something private in it now: ${isUnkept ? 'nothing of it is cached any more' : `services/${name}.ts should not keep it for others`}.`,
    );
  say(`
Test   npm test -- tests/services/${name} tests/mocks/misbehaviour
Then   npm run check, which says where a view over it is narrower now`);
}

async function makeEndpoint({ name, from }: Extract<Request, { kind: 'endpoint' }>): Promise<void> {
  const notes = noting();
  const first = await firstCall(read, name, from);
  write(newEndpoint(read, name, first, notes.tell));
  const target = ['/api', name, ...(first.parameters ?? []).map(({ example }) => example)].join('/');
  list('Not in the view as it is on the wire', notes.all);
  say(`
Open   ${SHOP}${target}  and  ${SHOP}${target}?scenario=${first.upstream}=down
Test   npm test -- tests/operations/${first.upstream}/${name}
Then   ${first.parameters?.length ? '' : `npm run new screen ${name}\n       `}npm run record and npm run budgets -- --accept, before npm test as a whole: its example, what it promises, its size`);
}

function makeScreen(name: string): void {
  write(newScreen(read, name));
  say(`
Open   ${SHOP}/${name}  while npm run dev is on, or after npm start, which builds
Look   npm run drills -- screens-looked-at`);
}

/** Collects what is to be said of members, once each. */
function noting() {
  const all = new Set<string>();
  return {
    all,
    tell: (path: string, why: string): void => {
      all.add(`${path}: ${why}`);
    },
  };
}

function list(title: string, lines: Iterable<string>): void {
  const all = [...lines];
  if (all.length > 0) say(`\n${title}:\n${all.map((line) => `  ${line}`).join('\n')}`);
}

const read: Read = (path) => {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

function textOf(from: string, what: string): string {
  try {
    // npm runs us in the project's folder, wherever it was called.
    return readFileSync(from === '-' ? process.stdin.fd : resolve(process.env.INIT_CWD ?? '.', from), 'utf8');
  } catch (error) {
    throw refused(`The ${what} can't be read: ${(error as Error).message}`);
  }
}

function write(drafts: readonly Draft[]): void {
  const tidied = tidy(ROOT, drafts);
  writeAll(ROOT, tidied);
  for (const { path, before } of tidied) if (before === undefined) say(`new      ${path}`);
  for (const { path, before, text } of tidied) {
    if (before === undefined) continue;
    say(`changed  ${path}`);
    for (const line of changedLines(before, text)) say(`  ${line}`);
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (!isRefused(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
