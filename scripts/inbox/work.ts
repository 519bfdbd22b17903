import { type Inbox, replay, type Stored } from '#services/webhooks/inbox/inbox.ts';
import { counts, parked } from '#services/webhooks/inbox/inbox-views.ts';

const SHOWN = 20;
const AT_ONCE = 1_000;

/** Says a line. */
type Say = (line: string) => void;

/** What its arguments ask `npm run inbox` to do, which gives its exit code; undefined where they ask for nothing it knows. */
export function workOf(
  [command, which, ...more]: readonly string[],
  say: Say,
): ((inbox: Inbox) => Promise<number>) | undefined {
  if (command === undefined) return (inbox) => show(inbox, say);
  if (command !== 'replay' || which === undefined || more.length > 0) return undefined;
  return (inbox) => (which === '--all' ? replayAll(inbox, say) : replayOne(inbox, which, say));
}

async function show(inbox: Inbox, say: Say): Promise<number> {
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

async function replayOne(inbox: Inbox, which: string, say: Say): Promise<number> {
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

async function replayAll(inbox: Inbox, say: Say): Promise<number> {
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
