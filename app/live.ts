'use client';

import { useCallback, useSyncExternalStore } from 'react';
import type { z } from 'zod';
import type { Operation } from '#kernel/contract/operation.ts';
import type { Whole } from '#kernel/http/page.ts';

type ViewOf<O extends Operation> = O['contract']['output'] extends z.ZodType
  ? z.output<O['contract']['output']>
  : never;

/** Milliseconds after which a stream that was refused is asked for again, and in which several changes become one. */
const TRY_AGAIN = 30_000;
const SETTLE = 50;
/** Milliseconds that a tab keeps its stream when nobody looks: over HTTP/1.1 all tabs share six connections to a host. */
const LINGER = 3_000;

interface Watched {
  view: unknown;
  readonly changed: Set<() => void>;
}

/** What this tab watches, over its one connection. */
const watched = new Map<string, Watched>();
let source: EventSource | undefined;
let opened = '';
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * The answer at an address of ours, anew whenever it changes: `useLive<typeof getProduct>('/api/products/p-000042')`.
 * Undefined until the first has come, and for ever where there is no EventSource: what the server rendered stands until then.
 */
export function useLive<O extends Operation>(address: string): Whole<ViewOf<O>> | undefined {
  const subscribe = useCallback((changed: () => void) => watch(address, changed), [address]);
  return useSyncExternalStore(
    subscribe,
    () => watched.get(address)?.view as Whole<ViewOf<O>> | undefined,
    () => undefined,
  );
}

function watch(address: string, changed: () => void): () => void {
  const entry = watched.get(address) ?? { view: undefined, changed: new Set() };
  watched.set(address, entry);
  entry.changed.add(changed);
  document.addEventListener('visibilitychange', lookedAt);
  plan(SETTLE);
  return () => {
    entry.changed.delete(changed);
    if (entry.changed.size === 0) watched.delete(address);
    plan(SETTLE);
  };
}

const lookedAt = (): void => plan(document.hidden ? LINGER : SETTLE);

function plan(delay: number): void {
  clearTimeout(timer);
  timer = setTimeout(connect, delay);
}

/** Opens the stream anew where it should be of other addresses: of none while nobody looks. */
function connect(): void {
  const wanted = document.hidden ? '' : [...watched.keys()].sort().join(',');
  if (typeof EventSource === 'undefined' || (wanted === opened && source?.readyState !== EventSource.CLOSED)) return;
  source?.close();
  source = undefined;
  opened = wanted;
  if (wanted === '') return;
  source = new EventSource(`/api/events?watch=${encodeURIComponent(wanted)}`);
  source.addEventListener('snapshot', show);
  source.addEventListener('error', comeBackLater);
}

function show({ data }: MessageEvent<string>): void {
  const { of, view } = JSON.parse(data) as { of: string; view: unknown };
  const entry = watched.get(of);
  if (entry === undefined) return;
  entry.view = view;
  for (const changed of entry.changed) changed();
}

/** A connection that was lost an EventSource opens by itself; one that was refused it does not. */
function comeBackLater(): void {
  if (source?.readyState === EventSource.CLOSED) plan(TRY_AGAIN);
}
