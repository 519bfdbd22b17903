'use client';

import { useCallback, useSyncExternalStore } from 'react';
import type { Api } from '#client/api.ts';
import type { ViewWithMeta } from '#kernel/http/pages/page.ts';
import { api } from './api-client.ts';

/** What can be watched. */
export type Watched = keyof Api & `GET ${string}`;

/** The input, as a page passes it to code in the browser. */
export type InputOf<K extends Watched> = Api[K]['input'];

/**
 * The view at an address, anew whenever it changes: `useLive('GET /api/products/{id}', { id })`. Undefined until the
 * first has come, and for ever where there are no streams: what the server rendered stands until then.
 */
export function useLive<K extends Watched>(address: K, input: InputOf<K>) {
  return useWatched(address, input, () => api.latest(address, input));
}

/**
 * The view at an address: what the server has rendered, then each newer one. A first one with late parts is skipped.
 */
export function useLatest<K extends Watched, V>(address: K, input: InputOf<K>, rendered: V): V {
  return (useSettled(address, input)?.view as V | undefined) ?? rendered;
}

/** The ETag of the last complete answer at an address; undefined until the first has come. */
export function useLatestTag<K extends Watched>(address: K, input: InputOf<K>): string | undefined {
  return useSettled(address, input)?.etag;
}

const useSettled = <K extends Watched>(address: K, input: InputOf<K>) =>
  useWatched(address, input, () => api.settled(address, input));

function useWatched<K extends Watched, T>(address: K, input: InputOf<K>, read: () => T): T | undefined {
  // An input is made anew at each render; only what it says counts.
  const said = JSON.stringify(input);
  const subscribe = useCallback(
    (changed: () => void) => api.subscribe(address, JSON.parse(said) as InputOf<K>, changed),
    [address, said],
  );
  return useSyncExternalStore(subscribe, read, () => undefined);
}

/** Whether a view has `meta`, as every one has that is made of calls. */
export function isComplete<V extends object>(view: V | undefined): view is ViewWithMeta<V> {
  return view !== undefined && 'meta' in view;
}
