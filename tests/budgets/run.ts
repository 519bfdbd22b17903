import { readFileSync, writeFileSync } from 'node:fs';
import { measureAnswers } from './answers.ts';
import { HOW_TO_ACCEPT, overruns } from './compare.ts';
import type { Figures } from './figures.ts';
import { measurePages } from './pages.ts';

const FILE = new URL('./budgets.json', import.meta.url);

/** Measures, and says what has grown; with --accept writes down what there is. */
const now: Figures = { pages: measurePages(), answers: await measureAnswers() };
const said = overruns(JSON.parse(readFileSync(FILE, 'utf8')) as Figures, now);
process.stdout.write(said.length === 0 ? 'Everything is within its budget.\n' : `${said.join('\n\n')}\n`);
if (process.argv.includes('--accept')) {
  writeFileSync(FILE, `${JSON.stringify(now, null, 2)}\n`);
  process.stdout.write('\nThe figures of today are the budget now.\n');
} else if (said.length > 0) {
  process.stdout.write(`\n${HOW_TO_ACCEPT}\n`);
  process.exitCode = 1;
}
