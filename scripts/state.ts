import { existsSync } from 'node:fs';
import { copyState } from '#services/state/postgres/copy.ts';
import { commandLine } from './command-line.ts';

const USAGE = `npm run state -- copy --from <file> --to postgres://…

Copies what a SQLite file keeps (state.db in DATA_DIR) into Postgres, all of it or nothing. Stop the servers first; once
they are started with STATE_URL and STATE_KEYS, nobody is signed out and nothing that was taken in is lost.
`;

/** Moves the state of an installation from its file to a database. */
async function main(): Promise<number> {
  const asked = read();
  if (asked === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { from, to } = asked;
  if (!existsSync(from)) throw new Error(`There is no file ${from}.`);
  const began = performance.now();
  const { keys, streams, entries, queues } = await copyState(from, to, progress());
  const took = ((performance.now() - began) / 1_000).toFixed(1);
  process.stdout.write(`
Copied in ${took} s: ${keys} keys, ${entries} entries of ${streams} streams, ${queues} waiting in queues.
Next:
  1. STATE_URL is this database, for every instance.
  2. STATE_KEYS are the keys you had. If you had none, the key is in the file state-key beside ${from}:
     node -p "fs.readFileSync('state-key').toString('base64url')"
  3. Start the servers, and put ${from} away: who starts one without STATE_URL works with what is in there.
`);
  return 0;
}

function read(): { readonly from: string; readonly to: string } | undefined {
  const options = { from: { type: 'string' }, to: { type: 'string' } } as const;
  const { values, positionals } = commandLine({ usage: USAGE, options, words: 1 });
  const { from, to } = values;
  if (positionals.join() !== 'copy' || from === undefined || !/^postgres(?:ql)?:\/\//.test(to ?? '')) return undefined;
  return { from, to: to as string };
}

/** One line at a time, and no more than some a second. */
function progress(): (text: string) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (performance.now() - saidAt < 500) return;
    saidAt = performance.now();
    process.stdout.write(`  ${text}\n`);
  };
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`Nothing was copied: ${error.message}\n`);
    process.exitCode = 1;
  },
);
