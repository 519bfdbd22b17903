import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './host.ts';
import { PATIENCE } from './patience.ts';
import { programFile } from './program.ts';

/** A value under its labels. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A real Prometheus on a free port, its data in a folder that goes with it. */
export interface Prometheus {
  /** The samples of a query; throws where it is no query. */
  query(expr: string): Promise<readonly Sample[]>;
  /** What its API says at a path. */
  api(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** Scrapes hosts at these ports every second, under these rules. */
export async function startPrometheus(ports: readonly number[], rules: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-prometheus-'));
  const port = await freePort();
  const targets = ports.map((target) => `127.0.0.1:${target}`);
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'tributary', metrics_path: '/api/metrics', static_configs: [{ targets }] }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const child = spawn(
    programFile('prometheus') ?? 'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };

  const api = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: unknown; error?: string };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  };
  const end = performance.now() + PATIENCE;
  while (!(await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null || performance.now() > end) {
      await stop();
      throw new Error(`Prometheus does not start:\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    api,
    stop,
    query: async (expr) => {
      const { result } = (await api(`/api/v1/query?query=${encodeURIComponent(expr)}`)) as { result: Sample[] };
      return result;
    },
  };
}
