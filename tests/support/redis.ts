import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './host.ts';
import { programFile } from './program.ts';
import { until } from './until.ts';

/** A real server on a free port, which keeps nothing on the disk. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Sends one command and gives the reply as it came, in RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
  command(...words: string[]): Promise<string>;
  /** Keys and values, all of it in one text. */
  everything(): Promise<string>;
  /** Stops it where it stands, as a machine does that swaps; connections stay open. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL; resolves once it is gone. */
  kill(): Promise<void>;
}

export async function startRedis(args: readonly string[] = [], wanted?: number, password?: string): Promise<TestRedis> {
  const port = wanted ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'tributary-redis-'));
  const fixed = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const locked = password === undefined ? [] : ['--requirepass', password];
  const child = spawn(
    programFile('redis-server') ?? 'redis-server',
    ['--port', String(port), ...fixed, ...locked, ...args],
    {
      stdio: 'pipe',
    },
  );
  let output = '';
  for (const out of [child.stdout, child.stderr]) out.on('data', (chunk: Buffer) => (output += chunk));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const leave = () => child.kill('SIGKILL');
  process.once('exit', leave);
  ended.then(() => {
    process.off('exit', leave);
    rmSync(folder, { recursive: true, force: true });
  });
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  await until('redis is ready', () => hasEnded || output.includes('eady to accept connections'));
  if (hasEnded) throw new Error(`redis did not start:\n${output}`);
  const command = (...words: string[]) => sendTo(port, password === undefined ? [words] : [['AUTH', password], words]);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command,
    async everything() {
      const keys = await command('KEYS', '*');
      const names = [...keys.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map(([, name = '']) => name);
      const values = await Promise.all(names.map((name) => command('GET', name)));
      return names.map((name, at) => `${name}\n${values[at]}`).join('\n');
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** What comes back until the server has closed: the reply to the last command, between those to AUTH and QUIT. */
function sendTo(port: number, commands: readonly (readonly string[])[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let reply = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => (reply += chunk));
    socket.on('close', () => {
      const last = commands.length > 1 ? reply.slice('+OK\r\n'.length) : reply;
      resolve(last.replace(/\+OK\r\n$/, ''));
    });
    for (const words of [...commands, ['QUIT']]) {
      const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
      socket.write(`*${words.length}\r\n${parts}`);
    }
  });
}
