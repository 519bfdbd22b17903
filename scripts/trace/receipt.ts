import { PurgeReceiptView } from '#schemas/view/server/purge-receipt.ts';

const TIMEOUT_MS = 60_000;

/** The receipt of a purge from a running host; throws one sentence where there is none. */
export async function fetchReceipt(host: string, id: string, token: string | undefined): Promise<PurgeReceiptView> {
  const url = new URL(`/api/ops/purges/${encodeURIComponent(id)}`, host);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: Error) => {
    throw new Error(`${url.origin} can't be asked: ${(error.cause as Error | undefined)?.message ?? error.message}.`);
  });
  if (answer.status === 404)
    throw new Error(
      `${url.origin} knows no ${id}: its log keeps the last 10,000${token === undefined ? ', or it wants its token in INSPECTOR_TOKEN' : ', or it does not take this token'}.`,
    );
  const parsed = PurgeReceiptView.safeParse(await answer.json().catch(() => undefined));
  if (!answer.ok || !parsed.success) throw new Error(`${url} answered ${answer.status}, and no receipt.`);
  return parsed.data;
}

/** One line a hop, in their order, each with the time since the first. */
export function drawReceipt(receipt: PurgeReceiptView): string {
  const { id, tags, by, received, logged, instances, tier, cdn } = receipt;
  const hops: (readonly [at: string, hop: string])[] = [];
  const add = (at: string | null, hop: string) => at !== null && hops.push([at, hop]);
  add(received, 'webhook in');
  add(logged, 'in the log');
  for (const { instance, at, told, changed, lastTold } of instances) {
    add(at, `old at ${instance}`);
    add(lastTold, `watchers told at ${instance}: ${told}, of whom ${changed} see something new`);
  }
  add(tier, 'outranked in the shared cache');
  for (const { name, at, again, instance } of cdn)
    add(at, `${name} has confirmed${again ? ' again' : ''}, asked by ${instance}`);
  hops.sort(([one], [other]) => Date.parse(one) - Date.parse(other));
  const start = Date.parse(hops[0]?.[0] ?? '');
  const lines = hops.map(
    ([at, hop]) => `  ${`+${Date.parse(at) - start} ms`.padStart(10)}  ${at.slice(11, 23)}  ${hop}`,
  );
  const watched = instances.some(({ told }) => told > 0) ? [] : ['  nobody watched it'];
  const text = [`${id}: ${tags?.join(', ') ?? 'everything'}`, `by ${by ?? 'somebody'}`, ...lines, ...watched].join(
    '\n',
  );
  // Names come from senders: they must not move a terminal's cursor.
  return `${text.replaceAll(/[^\P{C}\n]/gu, '�')}\n`;
}
