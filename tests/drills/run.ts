import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Drill, Figure } from '#tests/support/drill.ts';
import { table } from '#tests/support/table.ts';
import { commandLine } from '../../scripts/command-line.ts';
import { checkoutOf } from './overload/checkout.ts';

const HERE = dirname(import.meta.filename);
const ROOT = join(HERE, '../..');
const say = (text: string) => process.stdout.write(`${text}\n`);

const USAGE = `npm run drills                          every drill of tests/drills, in full
npm run drills -- webhooks streams      those whose file names hold one of the words
    --short              in their short forms
    --root <folder>      on another checkout, those that can be
    --against <commit>   on this one and on a commit's, in two columns, those that can be
`;

async function main(): Promise<number> {
  const { values, positionals } = commandLine({
    usage: USAGE,
    options: { short: { type: 'boolean' }, root: { type: 'string' }, against: { type: 'string' } },
    words: Number.POSITIVE_INFINITY,
  });
  const size = values.short ? 'short' : 'full';
  const files = readdirSync(HERE).filter((file) => file.endsWith('.ts') && file !== 'run.ts');
  const chosen = files.filter((file) => positionals.length === 0 || positionals.some((word) => file.includes(word)));
  const root = resolve(values.root ?? ROOT);
  const other = values.against;
  let failed = 0;
  for (const file of chosen.sort()) {
    const { drill } = (await import(join(HERE, file))) as { readonly drill: Drill };
    say(`${drill.name}\n  ${drill.proves}`);
    const began = performance.now();
    const seconds = () => `${((performance.now() - began) / 1_000).toFixed(1)} s`;
    const tell = (progress: string) => say(`  … ${progress} (${seconds()})`);
    try {
      if (drill.measure) {
        const columns = new Map<string, Figure[]>();
        if (other) {
          const figures = await drill.measure(size, (text) => tell(`${other}: ${text}`), checkoutOf(other));
          columns.set(other, figures);
        }
        const now = await drill.measure(size, tell, root);
        say(`\n${figureTable(columns.set(values.root ?? 'this tree', now))}\n`);
        if (!now.every(({ held }) => held)) throw new Error('not all of it held');
        say(`  held (${seconds()})\n`);
      } else say(`  held: ${await drill.run(size, tell)} (${seconds()})\n`);
    } catch (error) {
      failed++;
      say(`  FAILED after ${seconds()}: ${(error as Error).stack}\n`);
    }
  }
  say(`Drills: ${chosen.length - failed} held, ${failed} failed`);
  return failed === 0 && chosen.length > 0 ? 0 : 1;
}

/** What each checkout came to, a figure a row; what did not hold has a cross. */
function figureTable(columns: ReadonlyMap<string, readonly Figure[]>): string {
  const [rows = []] = [...columns.values()].slice(-1);
  const cell = (figures: readonly Figure[], what: string) => {
    const figure = figures.find((one) => one.what === what);
    return figure === undefined ? '–' : `${figure.held ? '' : '✗ '}${figure.seen}`;
  };
  return table(
    ['', 'wanted', ...columns.keys()],
    rows.map(({ what, wanted }) => [what, wanted, ...[...columns.values()].map((figures) => cell(figures, what))]),
  );
}

main().then((code) => process.exit(code));
