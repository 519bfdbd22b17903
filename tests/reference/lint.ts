import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operations } from '#operations/index.ts';
import recording from '#operations/recorded/recording.json' with { type: 'json' };
import { ABOUT } from '#operations/shape/about.ts';
import { openApi } from '#reference/document.ts';
import { downgrade } from '#reference/downgrade.ts';

const require = createRequire(import.meta.url);
const CLI = require.resolve('@redocly/cli/bin/cli.js');
const CONFIG = join(import.meta.dirname, '../../redocly.yaml');

/** What Redocly finds wrong with these documents by our rules (`redocly.yaml`); undefined where there is nothing. */
export function lint(documents: readonly object[]): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-openapi-'));
  try {
    const files = documents.map((document, at) => {
      const file = join(folder, `${at}.json`);
      writeFileSync(file, JSON.stringify(document, null, 1));
      return file;
    });
    // It asks nobody whether there is a newer one.
    const env = { ...process.env, REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', REDOCLY_TELEMETRY: 'off' };
    const args = [CLI, 'lint', ...files, '--config', CONFIG, '--format', 'stylish', '--max-problems', '20'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    return status === 0 ? undefined : stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Both documents, as they are served. */
export function documents(): readonly object[] {
  const newer = openApi(operations, ABOUT, recording);
  return [newer, downgrade(newer)];
}

if (import.meta.main) {
  const found = lint(documents());
  process.stdout.write(found ?? 'Redocly finds nothing wrong with either OpenAPI document.\n');
  if (found !== undefined) process.exitCode = 1;
}
