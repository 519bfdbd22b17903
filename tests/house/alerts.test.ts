import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { longTest } from '#tests/support/long-test.ts';
import { isSkipped, programFile, skipNote } from '#tests/support/program.ts';

const RULES = join(import.meta.dirname, '../../docs/alerts.yml');
const CASES = join(import.meta.dirname, 'burn-rates.yml');

const promtool = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(programFile('promtool') ?? 'promtool', args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
};

describe.skipIf(isSkipped('promtool'))(`promtool${skipNote('promtool')}`, () => {
  test('takes docs/alerts.yml', () => {
    expect(promtool('check', 'rules', RULES)).toMatchObject({ status: 0 });
  });

  longTest('sees all burn-rate alerts come and go', () => {
    expect(promtool('test', 'rules', CASES)).toMatchObject({ status: 0 });
  });

  test.each([
    ['sees a burn-rate alert come and go', (rules: string) => rules, 0],
    ['sees where a limit is another', (rules: string) => rules.replaceAll(/[\d.]+ \* 0\.001/g, '21 * 0.001'), 1],
  ] as const)('%s', (_, changed, status) => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-alerts-'));
    try {
      writeFileSync(join(folder, 'alerts.yml'), changed(readFileSync(RULES, 'utf8')));
      const { tests, ...cases } = parse(readFileSync(CASES, 'utf8')) as { tests: { name: string }[] };
      const one = tests.filter(({ name }) => name.startsWith('2 %'));
      writeFileSync(join(folder, 'cases.yml'), stringify({ ...cases, rule_files: ['alerts.yml'], tests: one }));
      expect(promtool('test', 'rules', join(folder, 'cases.yml')).status).toBe(status);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('every alert has a severity and a section of the runbook', () => {
  const { groups } = parse(readFileSync(RULES, 'utf8')) as {
    groups: { rules: { alert?: string; labels?: { severity: string }; annotations?: { runbook_url: string } }[] }[];
  };
  const runbook = readFileSync('docs/runbook.md', 'utf8');
  const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
  expect(alerts.length).toBeGreaterThan(9);
  for (const { alert = '', labels, annotations } of alerts) {
    expect(['page', 'ticket']).toContain(labels?.severity);
    expect(annotations?.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    expect(runbook).toContain(`\n## ${alert}\n`);
  }
});
