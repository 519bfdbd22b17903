import { randomBytes, randomUUID } from 'node:crypto';
import type { Scope } from '#kernel/base/scope.ts';
import { purgeStep } from '#kernel/cache/purge-log.ts';
import { privateTag } from '#kernel/cache/tags.ts';
import type { Step } from '#kernel/state/state.ts';
import { identity } from './identity/identity.ts';
import { tags } from './tags.ts';

const ID_BYTES = 12;
/** Milliseconds that an export is stored, done or not. */
const LIFE = 24 * 3_600_000;
/** A worker that has been silent for so long counts as dead, and another goes on. */
export const LEASE = 10_000;

/** An export of a customer's orders, as far as it has come. */
export interface Export {
  readonly id: string;
  readonly scope: Scope;
  readonly stage: 'listing' | 'reading' | 'done' | 'failed' | 'cancelled';
  /** Where the list goes on. */
  readonly cursor: string | undefined;
  /** How many orders were listed, on how many pages, and how many of them were read. */
  readonly orders: number;
  readonly pages: number;
  readonly read: number;
  /** Where reading goes on: the page of the list, and the place on it. */
  readonly place: { readonly page: number; readonly at: number };
  /** How many parts of the file are written. */
  readonly parts: number;
  /** Why it has failed. */
  readonly failure?: ExportFailure;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
}

/** `unavailable`: orders could not be had. `list-broken`: the list of orders leads nowhere. `too-many`: it has too many pages. */
export type ExportFailure = 'unavailable' | 'list-broken' | 'too-many';

/** An export as it was found; saving it fails if it has changed since. */
export interface Found {
  readonly version: number;
  readonly at: Export;
}

export const isOver = ({ stage }: Export): boolean => stage !== 'listing' && stage !== 'reading';

/** Begins an export, or finds the one that this customer has under way. */
export async function beginExport(scope: Scope): Promise<Export> {
  const { sessions } = identity();
  const pointer = `exports:${scope}`;
  const underWay = await sessions.state.get(pointer);
  const now = underWay && (await findExport(scope, underWay.value));
  if (now && !isOver(now.at)) return now.at;
  const id = randomBytes(ID_BYTES).toString('base64url');
  const fresh: Export = {
    id,
    scope,
    stage: 'listing',
    cursor: undefined,
    orders: 0,
    pages: 0,
    read: 0,
    place: { page: 0, at: 0 },
    parts: 0,
    begunAt: sessions.now(),
  };
  await sessions.state.set(keyOf(id), written(fresh), { ttl: LIFE, owner: scope });
  for (;;) {
    const there = await sessions.state.claim(pointer, id, { ttl: LIFE });
    if (there === undefined) return fresh;
    const other = await findExport(scope, there.value);
    if (other && !isOver(other.at)) return other.at;
    if ((await sessions.state.swap(pointer, there.version, id, { ttl: LIFE })) !== undefined) return fresh;
  }
}

/** An export of this customer; undefined if there is none, or it is another customer's. */
export async function findExport(scope: Scope, id: string): Promise<Found | undefined> {
  const stored = await identity().sessions.state.get(keyOf(id));
  if (stored === undefined) return undefined;
  const text = identity().sessions.seal.open(stored.value, keyOf(id));
  const at = text === undefined ? undefined : (JSON.parse(text) as Export);
  return at?.scope === scope ? { version: stored.version, at } : undefined;
}

/** How far an export has come by one step, and what that step adds to it. */
export interface Progress {
  readonly next: Export;
  /** The orders of one more page of the list. */
  readonly page?: readonly string[];
  /** One more part of the file. */
  readonly part?: string;
}

/**
 * Saves the progress and publishes it; false if it has changed meanwhile. What was written before is not written again,
 * however long the list is.
 */
export async function saveExport({ version, at }: Found, { next, page, part }: Progress): Promise<boolean> {
  const versions = await identity().sessions.state.commit([
    { do: 'swap', key: keyOf(next.id), version, value: written(next), ttl: LIFE },
    ...(page === undefined ? [] : [appended(next, pageKey(next.id, at.pages), JSON.stringify(page))]),
    ...(part === undefined ? [] : [appended(next, partKey(next.id, at.parts), part)]),
    purgeStep([privateTag(next.scope, tags.exports)]),
  ]);
  return versions !== undefined;
}

/** The orders of one page of the list; undefined where it is gone. */
export async function listedOn({ id }: Export, page: number): Promise<readonly string[] | undefined> {
  const text = await opened(pageKey(id, page));
  return text === undefined ? undefined : (JSON.parse(text) as string[]);
}

/** All rows, in their order; undefined where some are gone. */
export async function rowsOf({ id, parts }: Export): Promise<string | undefined> {
  let text = '';
  for (let part = 0; part < parts; part++) {
    const rows = await opened(partKey(id, part));
    if (rows === undefined) return undefined;
    text += rows;
  }
  return text;
}

/** The right to work on an export: one process at a time has it. */
export interface Lease {
  /** Says that its holder lives; false where it was taken for dead. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

export async function leaseExport(id: string): Promise<Lease | undefined> {
  const { state } = identity().sessions;
  const key = `export-lease:${id}`;
  const leaseId = randomUUID();
  if ((await state.claim(key, leaseId, { ttl: LEASE })) !== undefined) return undefined;
  const ours = async () => {
    const stored = await state.get(key);
    return stored?.value === leaseId ? stored : undefined;
  };
  return {
    async renew() {
      const stored = await ours();
      return stored !== undefined && (await state.swap(key, stored.version, leaseId, { ttl: LEASE })) !== undefined;
    },
    async release() {
      const stored = await ours();
      if (stored !== undefined) await state.remove(key, stored.version);
    },
  };
}

async function opened(key: string): Promise<string | undefined> {
  const { state, seal } = identity().sessions;
  const stored = await state.get(key);
  return stored && seal.open(stored.value, key);
}

/** A record, together with its step. */
const appended = ({ scope }: Export, key: string, text: string): Step => {
  const value = identity().sessions.seal.seal(text, key);
  return { do: 'claim', key, value, ttl: LIFE, owner: scope };
};

/** It names its owner. */
const written = (at: Export) => identity().sessions.seal.seal(JSON.stringify(at), keyOf(at.id));
// Those without this number were written otherwise, and are let lapse.
const keyOf = (id: string) => `export-head:3:${id}`;
const pageKey = (id: string, page: number) => `export:${id}:page:${page}`;
const partKey = (id: string, part: number) => `export:${id}:${part}`;
