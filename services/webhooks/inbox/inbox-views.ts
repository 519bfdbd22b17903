import { forgetParked, type Inbox, PARKED, type Stored, WAITING } from './inbox.ts';

/** How many wait, and how many are parked. */
export async function counts(inbox: Inbox): Promise<{ waiting: number; parked: number }> {
  const { state } = inbox;
  await forgetParked(inbox);
  return { waiting: await state.queued(WAITING), parked: await state.queued(PARKED) };
}

/** The parked deliveries, longest parked first. */
export function parked(inbox: Inbox, limit: number): Promise<Stored[]> {
  return storedIn(inbox, PARKED, limit);
}

/** The deliveries that are still to be worked on, in the order in which they will be; `due` in milliseconds since 1970. */
export function waiting(inbox: Inbox, limit: number): Promise<(Stored & { readonly due: number })[]> {
  return storedIn(inbox, WAITING, limit);
}

async function storedIn({ state }: Inbox, queue: string, limit: number): Promise<(Stored & { due: number })[]> {
  const queued = await state.due(queue, Number.POSITIVE_INFINITY, limit);
  const found = await Promise.all(queued.map(({ member }) => state.get(member)));
  return queued.flatMap(({ due }, index) => {
    const value = found[index]?.value;
    return value === undefined ? [] : [{ ...(JSON.parse(value) as Stored), due }];
  });
}
