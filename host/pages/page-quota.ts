import { processSingleton } from '#kernel/base/registry.ts';
import { countPage } from '#kernel/http/access/rate-limit.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { InboundHeaders } from '#kernel/http/request/inbound.ts';
import type { ShortPage } from './short-page.ts';

/** Counts a page as one read of its customer or address. If none is left, they get the short page. */
export async function countedOut(
  engine: Pick<Engine, 'runtime'>,
  headers: InboundHeaders,
): Promise<ShortPage | undefined> {
  const usage = await countPage(engine, headers);
  if (!usage?.over) return undefined;
  const text = `You have asked for more than this shop gives in a while. Ask again in ${usage.reset} s.`;
  return { status: 429, title: 'Too many requests', text, retryAfter: String(usage.reset), refreshes: false };
}

const counting = () => processSingleton('page quota', () => ({ byHost: false }));

/** For a host that counts its pages before Next gets them. */
export function countsPagesItself(): void {
  counting().byHost = true;
}

export const isCountedByHost = (): boolean => counting().byHost;
