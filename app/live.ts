'use client';

import { useCallback, useSyncExternalStore } from 'react';
import type { Api } from '#client/api.ts';
import type { Whole } from '#kernel/http/page.ts';
import { api } from './own-api.ts';

type Watched = keyof Api & `GET ${string}`;

/** What was asked for, as a page hands it to what runs in the browser. */
export type InputOf<K extends Watched> = Api[K]['input'];

/**
 * The view at an address, anew whenever it changes: `useLive('GET /api/products/{id}', { id })`. Undefined until the
 * first has come, and for ever where there are no streams: what the server rendered stands until then.
 */
export function useLive<K extends Watched>(address: K, input: InputOf<K>) {
  // An input is made anew at each render; only what it says counts.
  const said = JSON.stringify(input);
  const subscribe = useCallback(
    (changed: () => void) => api.subscribe(address, JSON.parse(said) as InputOf<K>, changed),
    [address, said],
  );
  return useSyncExternalStore(
    subscribe,
    () => api.latest(address, input),
    () => undefined,
  );
}

/** Whether a view says how whole it is, as every one does that is made of calls. */
export function isWhole<V extends object>(view: V | undefined): view is Whole<V> {
  return view !== undefined && 'meta' in view;
}
