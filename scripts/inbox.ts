import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '#config/env.ts';
import { type Inbox, replay, type Stored } from '#kernel/state/inbox/inbox.ts';
import { counts, parked } from '#kernel/state/inbox/inbox-views.ts';
import { isStateError } from '#kernel/state/state.ts';
import { openState } from '#services/identity/open-state.ts';

const SHOWN = 20;
const AT_ONCE = 1_000;
const USAGE = `npm run inbox                    what waits, and what is parked and why
npm run inbox -- replay <id>     tries a parked delivery anew; <sender>/<id> where two senders share an id
npm run inbox -- replay --all    tries all of them anew
`;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Shows the webhook inbox and replays parked deliveries, beside a running server or without one. */
async function main(args: readonly string[]): Promise<number> {
  const work = workOf(args);
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

function workOf([command, which, ...more]: readonly string[]): ((inbox: Inbox) => Promise<number>) | undefined {
  if (command === undefined) return show;
  if (command !== 'replay' || which === undefined || more.length > 0) return undefined;
  return which === '--all' ? replayAll : (inbox) => replayOne(inbox, which);
}

async function show(inbox: Inbox): Promise<number> {
  const { waiting, parked: count } = await counts(inbox);
  say(`${waiting} waiting, ${count} parked`);
  for (const { sender, id, type, receivedAt, attempts, reason } of await parked(inbox, SHOWN)) {
    const tried = attempts === 1 ? 'tried once' : `tried ${attempts} times`;
    say(
      `\n  ${sender}/${id}  ${type}\n    received ${new Date(receivedAt).toISOString()}, ${tried}\n    ${reason ?? ''}`,
    );
  }
  if (count > SHOWN) say(`\n  and ${count - SHOWN} more`);
  if (count > 0) say('\nOnce the cause is mended: npm run inbox -- replay <id>, or replay --all');
  return 0;
}

async function replayOne(inbox: Inbox, which: string): Promise<number> {
  const names = ({ sender, id }: Stored) => which === id || which === `${sender}/${id}`;
  const { parked: count } = await counts(inbox);
  const found = (await parked(inbox, count)).filter(names);
  const [only] = found;
  if (only === undefined) say(`No parked delivery is called ${which}.`);
  else if (found.length > 1) say(`Say which: ${found.map(({ sender, id }) => `${sender}/${id}`).join(' or ')}.`);
  else if (await replay(inbox, only)) {
    say(`${only.sender}/${only.id} will be tried within a second, or when the server next starts.`);
    return 0;
  }
  return 1;
}

async function replayAll(inbox: Inbox): Promise<number> {
  let { parked: left } = await counts(inbox);
  let replayed = 0;
  while (left > 0) {
    const batch = await parked(inbox, Math.min(left, AT_ONCE));
    if (batch.length === 0) break;
    for (const one of batch) if (await replay(inbox, one)) replayed++;
    left -= batch.length;
  }
  say(`${replayed} will be tried within a second, or when the server next starts.`);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(isStateError(error) ? `The inbox can't be read. ${error.message}\n` : `${error.message}\n`);
    process.exitCode = 1;
  },
);
