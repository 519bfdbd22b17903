import { type AnswerFigures, type Figures, FRAMEWORK, type Parts, sum } from './figures.ts';

/** By so much bytes may grow before it is said: compression is not the same to the byte everywhere. */
const SLACK = 0.01;
/** Bytes by which a page's own JavaScript may, small beside what it stands on. */
const OWN_SLACK = 100;
const MOST_SHOWN = 8;

export const HOW_TO_ACCEPT =
  'If that is meant, say so: `npm run budgets -- --accept` writes the new figures, to be committed with the reason.';

/** What has grown beyond its budget, each as a sentence and the lines that say where; empty where nothing has. */
export function overruns(budget: Figures, now: Figures): string[] {
  return [
    ...both(budget.pages, now.pages, 'The page', (name, was, is) => pageOverrun(name, was, is)),
    ...both(budget.answers, now.answers, 'The answer to', (name, was, is) => [
      ...bytesOverrun(name, was, is),
      ...callsOverrun(name, was.calls, is.calls),
    ]),
  ];
}

function both<T>(
  budget: Readonly<Record<string, T>>,
  now: Readonly<Record<string, T>>,
  what: string,
  compare: (name: string, was: T, is: T) => string[],
): string[] {
  const gone = Object.keys(budget).filter((name) => !(name in now));
  return [
    ...Object.entries(now).flatMap(([name, is]) => {
      const was = budget[name];
      return was === undefined ? [`${what} ${name} has no budget yet.`] : compare(name, was, is);
    }),
    ...gone.map((name) => `${what} ${name} has a budget, and is not there any more.`),
  ];
}

function pageOverrun(name: string, was: Parts, is: Parts): string[] {
  const [before, after] = [sum(was), sum(is)];
  const { [FRAMEWORK]: stoodOn = 0 } = was;
  const { [FRAMEWORK]: standsOn = 0 } = is;
  if (standsOn <= stoodOn * (1 + SLACK) && after - standsOn <= before - stoodOn + OWN_SLACK) return [];
  return [
    `The page ${name} loads ${bytes(after)} of JavaScript at first instead of ${bytes(before)} (gzip, ${signed(after - before)}):`.concat(
      growth(was, is, bytes),
    ),
  ];
}

function bytesOverrun(name: string, was: AnswerFigures, is: AnswerFigures): string[] {
  const grown = is.json > was.json * (1 + SLACK) || is.gzip > was.gzip * (1 + SLACK);
  if (!grown) return [];
  const sizes = `${bytes(is.json)} instead of ${bytes(was.json)}, ${bytes(is.gzip)} instead of ${bytes(was.gzip)} gzipped`;
  return [`The answer to ${name} has ${sizes}:${growth(was.fields, is.fields, bytes)}`];
}

function callsOverrun(name: string, was: Parts, is: Parts): string[] {
  if (rising(was, is).length === 0) return [];
  return [`The answer to ${name} takes ${sum(is)} upstream calls instead of ${sum(was)}:${growth(was, is, String)}`];
}

/** The parts that grew, the most first, each with what it was. */
function growth(was: Parts, is: Parts, shown: (value: number) => string): string {
  const rows = rising(was, is);
  const width = Math.max(0, ...rows.slice(0, MOST_SHOWN).map(({ name }) => name.length));
  const lines = rows
    .slice(0, MOST_SHOWN)
    .map(
      ({ name, from, to }) =>
        `    + ${shown(to - from).padStart(8)}  ${name.padEnd(width)}  ${from === 0 ? 'new' : `${shown(from)} → ${shown(to)}`}`,
    );
  const more = rows.length > MOST_SHOWN ? [`    and ${rows.length - MOST_SHOWN} more`] : [];
  const shrunk = Object.entries(was).filter(([name, from]) => (is[name] ?? 0) < from);
  const less = shrunk.length > 0 ? [`    less than before: ${shrunk.map(([name]) => name).join(', ')}`] : [];
  return ['', ...lines, ...more, ...less].join('\n');
}

function rising(was: Parts, is: Parts): { name: string; from: number; to: number }[] {
  return Object.entries(is)
    .map(([name, to]) => ({ name, from: was[name] ?? 0, to }))
    .filter(({ from, to }) => to > from)
    .sort((a, b) => b.to - b.from - (a.to - a.from));
}

const signed = (difference: number) => `+${bytes(difference)}`;

/** `4,872 B`, `141.2 kB`: a kB has a thousand bytes. */
function bytes(count: number): string {
  return count < 10_000 ? `${count.toLocaleString('en')} B` : `${(count / 1_000).toFixed(1)} kB`;
}
