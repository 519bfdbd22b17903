import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '#config/env.ts';
import { isStateError } from '#kernel/state/state.ts';
import { openState } from '#services/state/open-state.ts';
import type { Inbox } from '#services/webhooks/inbox/inbox.ts';
import { commandLine } from './command-line.ts';
import { workOf } from './inbox/work.ts';

const USAGE = `npm run inbox                    what waits, and what is parked and why
npm run inbox -- replay <id>     tries a parked delivery anew; <sender>/<id> where two senders share an id
npm run inbox -- replay --all    tries all of them anew
`;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Shows the webhook inbox and replays parked deliveries, beside a running server or without one. */
async function main(): Promise<number> {
  const { values, positionals } = commandLine({ usage: USAGE, options: { all: { type: 'boolean' } }, words: 2 });
  const work = workOf(values.all ? [...positionals, '--all'] : positionals, say);
  if (work === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const env = environment();
  const file = join(env.dataDir, 'state.db');
  if (env.sharedState === undefined && !existsSync(file)) {
    say(`Nothing was ever taken in: there is no ${file}.`);
    return 0;
  }
  const inbox: Inbox = { state: openState(env), now: Date.now };
  try {
    return await work(inbox);
  } finally {
    await inbox.state.close();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(isStateError(error) ? `The inbox can't be read. ${error.message}\n` : `${error.message}\n`);
    process.exitCode = 1;
  },
);
