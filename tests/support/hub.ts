import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import { userScope } from '#kernel/base/scope.ts';
import { topic } from '#kernel/contract/topic.ts';
import { channelOf } from '#kernel/realtime/event-entry.ts';
import { EventStream, type StreamOwner } from '#kernel/realtime/event-stream.ts';
import { Hub, type Standing } from '#kernel/realtime/hub.ts';
import type { State } from '#kernel/state/state.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { TestOutlet } from '#tests/support/stream.ts';

export const NEWS = topic('news', 'public');
export const SPORT = topic('sport', 'public');
export const MAIL = topic('mail', 'personal');
export const ANA = userScope('https://issuer.test', 'ana');
export const BO = userScope('https://issuer.test', 'bo');
export const NOBODY: StreamOwner = { owner: undefined, session: undefined, recheck: undefined };

export let folder: string;
export let state: State;
export let hub: Hub;
export let open: TestOutlet[];

/** A hub over a state of its own, new for each test of the file that calls this. */
export function withHub(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hub-'));
    state = openSqliteState(join(folder, 'state.db'));
    hub = new Hub(state);
    open = [];
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const outlet of open) outlet.leave();
    await state.close();
    rmSync(folder, { recursive: true });
  });
}

export interface Client {
  readonly outlet: TestOutlet;
  readonly standing: Standing;
  /** The data of the events that came. */
  data(): unknown[];
  lastId(): string;
}

export async function listen(
  channels: string[],
  lastId?: string,
  at = hub,
  holder: StreamOwner = NOBODY,
): Promise<Client> {
  const outlet = new TestOutlet();
  open.push(outlet);
  const stream = new EventStream(outlet, holder, performance.now());
  at.open(stream);
  let subscribed: Promise<void> | undefined;
  const standing = await new Promise<Standing>((greet, fail) => {
    subscribed = at.subscribe(stream, new Set(channels), lastId, greet);
    subscribed.catch(fail);
  });
  await subscribed;
  const { id } = standing;
  return {
    outlet,
    standing,
    data: () => outlet.events.map((event) => JSON.parse(event.data)),
    lastId: () => outlet.events.at(-1)?.id ?? id,
  };
}

export const news = channelOf(NEWS, 'public');
