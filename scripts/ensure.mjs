// Brings the project to a state in which it can run: what the lockfile says is installed, and with --build the pages are
// built. With --no-install, what is installed has to do. Plain JavaScript without dependencies, because it runs before
// anything is installed, on whatever Node is there.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const WINDOWS = process.platform === 'win32';
const OWN_NODE = join(ROOT, 'node_modules', '.bin', WINDOWS ? 'node.cmd' : 'node');
const TICK = 5_000;
/** What packages would run as they are installed stays off: none of ours needs it (`tests/house/lock.test.ts`). */
const QUIETLY = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
/** What a build makes for browsers and is worth coding, from this size on. */
const CODED = /\.(?:js|css|svg|json|map|txt)$/;
const SMALLEST = 1_024;
const PAGES = [
  'app',
  'client',
  'inspector',
  'pages',
  'operations',
  'reference',
  'host',
  'services',
  'config',
  'schemas',
  'kernel',
  'public',
  'styles',
];
const PAGE_FILES = [
  'next.config.ts',
  'instrumentation.ts',
  'proxy.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/** A failure that has been put in words already. */
class Failure extends Error {}

const say = (line) => process.stdout.write(`${line}\n`);

/** Runs a command quietly, with a line every five seconds; gives back its output, and throws it where it fails. */
function run(what, command, args, { cwd = ROOT, env = process.env } = {}) {
  const began = Date.now();
  say(`${what} …`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: WINDOWS && !command.endsWith('.exe'),
    });
    const ticks = setInterval(() => say(`  … ${Math.round((Date.now() - began) / 1000)} s`), TICK);
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    const end = (failed) => {
      clearInterval(ticks);
      if (failed) reject(Object.assign(new Failure(failed), { output: output.trim() }));
      else resolve(say(`  done in ${((Date.now() - began) / 1000).toFixed(1)} s`));
    };
    child.on('error', (error) => end(`could not start ${command}: ${error.message}`));
    child.on('close', (code, signal) => end(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`));
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => child.kill(name));
  });
}

/** npm as a command: the one that runs us, else the one on the PATH. */
function npm(args, node = process.env.npm_node_execpath ?? process.execPath) {
  const cli = process.env.npm_execpath;
  if (cli && basename(cli) === 'npm-cli.js' && existsSync(cli)) return [node, [cli, ...args]];
  return ['npm', args];
}

/** The environment in which `node` is the project's own. */
function withOwnNode() {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...process.env, [key]: [dirname(OWN_NODE), process.env[key]].join(delimiter) };
}

async function install(cwd, where) {
  const lock = readFileSync(join(cwd, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).update(`${process.platform} ${process.arch}`).digest('hex');
  const modules = join(cwd, 'node_modules');
  const mark = join(modules, '.installed-from-lock');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  try {
    if (!matches(modules, JSON.parse(lock)))
      await run(`Installing ${where} from the lockfile (about 30 s)`, ...npm(['ci', ...QUIETLY]), { cwd });
    await addWhatOldNodeLeftOut(cwd);
    mkdirSync(modules, { recursive: true });
    writeFileSync(mark, wanted);
  } catch (error) {
    throw explained(
      error,
      `Installing ${where} failed. npm needs to reach its registry, and about 1 GB of disk: try \`npm ci --ignore-scripts\` for the whole story.`,
    );
  }
}

/** Whether the installed packages are those of the lockfile: `npm ci` may have been run by hand. */
function matches(modules, { packages }) {
  const path = join(modules, '.package-lock.json');
  if (!existsSync(path)) return false;
  const { packages: there } = JSON.parse(readFileSync(path, 'utf8'));
  return Object.entries(packages).every(
    ([name, entry]) => name === '' || entry.optional || entry.devOptional || there[name]?.version === entry.version,
  );
}

/** npm leaves out optional packages that its own Node is too old for; run by the project's Node, it fetches them. */
async function addWhatOldNodeLeftOut(cwd) {
  if (!existsSync(OWN_NODE)) return;
  const args = ['install', '--no-save', ...QUIETLY];
  try {
    await run('Adding the parts that need the project’s own Node', ...npm(args, OWN_NODE), { cwd, env: withOwnNode() });
  } catch (error) {
    say(`  That failed, so some tests may be skipped. ${error.output ?? error.message}`);
  }
}

async function build() {
  const wanted = fingerprint();
  const mark = join(ROOT, '.next', 'built-from');
  const built = ['BUILD_ID', 'coded', 'built-from'].every((name) => existsSync(join(ROOT, '.next', name)));
  if (built && readFileSync(mark, 'utf8') === wanted) return;
  const next = join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next');
  try {
    const env = {
      ...withOwnNode(),
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      NEXT_DEPLOYMENT_ID: wanted.slice(0, 16),
    };
    await run('Building the pages (about 15 s)', OWN_NODE, [next, 'build'], { env });
    await codeStaticFiles();
    writeFileSync(mark, wanted);
  } catch (error) {
    throw explained(error, 'Building the pages failed; what Next said is above.');
  }
}

/** Compresses large files once, as small as possible: `host/pages/static-files.ts` sends them. */
async function codeStaticFiles() {
  const [from, to] = [join(ROOT, '.next', 'static'), join(ROOT, '.next', 'coded')];
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  if (!existsSync(from)) return;
  const names = readdirSync(from, { recursive: true }).filter((name) => CODED.test(name));
  await Promise.all(names.map((name) => codeOne(join(from, name), join(to, name))));
}

async function codeOne(from, to) {
  const bytes = readFileSync(from);
  if (bytes.length < SMALLEST) return;
  mkdirSync(dirname(to), { recursive: true });
  for (const [suffix, made] of [
    ['.br', await promisify(brotliCompress)(bytes)],
    ['.gz', await promisify(gzip)(bytes, { level: 9 })],
  ])
    if (made.length < bytes.length) writeFileSync(to + suffix, made);
}

/** A hash over everything that `next build` reads. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (path) => {
    if (!existsSync(join(ROOT, path))) return;
    if (statSync(join(ROOT, path)).isDirectory())
      for (const name of readdirSync(join(ROOT, path)).sort()) add(join(path, name));
    else hash.update(`\0${path}\0`).update(readFileSync(join(ROOT, path)));
  };
  for (const path of [...PAGES, ...PAGE_FILES]) add(path);
  return hash.digest('hex');
}

function explained(error, sentence) {
  return new Failure([error.output, `${sentence} (${error.message})`].filter(Boolean).join('\n\n'));
}

try {
  if (!process.argv.includes('--no-install')) await install(ROOT, 'what is missing');
  if (process.argv.includes('--bench')) await install(join(ROOT, 'tests', 'bench'), 'the benchmark’s peers');
  if (process.argv.includes('--build')) await build();
} catch (error) {
  process.stderr.write(`\n${error instanceof Failure ? error.message : error.stack}\n`);
  process.exit(1);
}
