import { readFileSync, writeFileSync } from 'node:fs';
import { commandLine } from '../../scripts/command-line.ts';
import { measureAnswers } from './answers.ts';
import { HOW_TO_ACCEPT, overruns } from './compare.ts';
import type { Figures } from './figures.ts';
import { measurePages } from './pages.ts';

const PAGES = new URL('./pages.json', import.meta.url);
/** Where those find them who show what an answer may cost. */
const ANSWERS = new URL('../../operations/recorded/budgets.json', import.meta.url);

const USAGE = `npm run budgets               measures, and says what has grown
npm run budgets -- --accept   and writes down what there is: it is the budget from then on
`;
const { accept } = commandLine({ usage: USAGE, options: { accept: { type: 'boolean' } }, words: 0 }).values;

const now: Figures = { pages: measurePages(), answers: await measureAnswers() };
const budget = { pages: readJson(PAGES), answers: readJson(ANSWERS) } as Figures;
const said = overruns(budget, now);
process.stdout.write(said.length === 0 ? 'Everything is within its budget.\n' : `${said.join('\n\n')}\n`);
if (accept) {
  writeFileSync(PAGES, `${JSON.stringify(now.pages, null, 2)}\n`);
  writeFileSync(ANSWERS, `${JSON.stringify(now.answers, null, 2)}\n`);
  process.stdout.write('\nThe figures of today are the budget now.\n');
} else if (said.length > 0) {
  process.stdout.write(`\n${HOW_TO_ACCEPT}\n`);
  process.exitCode = 1;
}

function readJson(file: URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
