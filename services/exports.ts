import { hash, randomBytes, randomUUID } from 'node:crypto';
import type { Scope } from '#kernel/base/scope.ts';
import { purgeStep } from '#kernel/cache/purge-log.ts';
import { ownTag } from '#kernel/cache/tags.ts';
import { identity } from './identity/identity.ts';
import { tags } from './tags.ts';

const ID_BYTES = 12;
/** Milliseconds that an export is kept, done or not. */
const LIFE = 24 * 3_600_000;
/** Whoever has not said for so long that it is at work is taken for dead, and somebody else goes on. */
export const LEASE = 10_000;

/** An export of a customer's orders, as far as it has come. */
export interface Export {
  readonly id: string;
  readonly scope: Scope;
  readonly stage: 'listing' | 'reading' | 'done' | 'failed' | 'cancelled';
  /** Where the list goes on. */
  readonly cursor: string | undefined;
  /** The orders that were listed, and how many of them were read. */
  readonly orders: readonly string[];
  readonly read: number;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
}

/** An export as it was found; saving it needs nobody to have changed it since. */
export interface Found {
  readonly version: number;
  readonly at: Export;
}

export const isOver = ({ stage }: Export): boolean => stage !== 'listing' && stage !== 'reading';

/** Begins an export, or finds the one that this customer has under way. */
export async function beginExport(scope: Scope): Promise<Export> {
  const { sessions } = identity();
  const owner = ownerOf(scope);
  const pointer = `exports:${owner}`;
  const underWay = await sessions.state.get(pointer);
  const now = underWay && (await findExport(scope, underWay.value));
  if (now && !isOver(now.at)) return now.at;
  const id = randomBytes(ID_BYTES).toString('base64url');
  const fresh: Export = {
    id,
    scope,
    stage: 'listing',
    cursor: undefined,
    orders: [],
    read: 0,
    begunAt: sessions.now(),
  };
  await sessions.state.set(keyOf(id), written(fresh), { ttl: LIFE, owner });
  for (;;) {
    const there = await sessions.state.claim(pointer, id, { ttl: LIFE });
    if (there === undefined) return fresh;
    const other = await findExport(scope, there.value);
    if (other && !isOver(other.at)) return other.at;
    if ((await sessions.state.swap(pointer, there.version, id, { ttl: LIFE })) !== undefined) return fresh;
  }
}

/** An export of this customer; undefined where there is none, or it is somebody else's. */
export async function findExport(scope: Scope, id: string): Promise<Found | undefined> {
  const kept = await identity().sessions.state.get(keyOf(id));
  if (kept === undefined) return undefined;
  const text = identity().sessions.seal.open(kept.value, keyOf(id));
  const at = text === undefined ? undefined : (JSON.parse(text) as Export);
  return at?.scope === scope ? { version: kept.version, at } : undefined;
}

/** Saves how far it has come, and tells who watches it; false where somebody has changed it meanwhile. */
export async function saveExport({ version }: Found, next: Export): Promise<boolean> {
  const value = written(next);
  return identity().sessions.state.commit([
    { do: 'swap', key: keyOf(next.id), version, value, ttl: LIFE },
    purgeStep([ownTag(next.scope, tags.exports)]),
  ]);
}

/** Keeps the rows of one step. Kept twice they are the same. */
export async function keepRows({ id, scope }: Export, from: number, text: string): Promise<void> {
  const { state, seal } = identity().sessions;
  const key = rowsKey(id, from);
  await state.set(key, seal.seal(text, key), { ttl: LIFE, owner: ownerOf(scope) });
}

/** All rows, in their order; undefined where some are gone. */
export async function rowsOf({ id, read }: Export, step: number): Promise<string | undefined> {
  const { state, seal } = identity().sessions;
  let text = '';
  for (let from = 0; from < read; from += step) {
    const key = rowsKey(id, from);
    const kept = await state.get(key);
    const rows = kept && seal.open(kept.value, key);
    if (rows === undefined) return undefined;
    text += rows;
  }
  return text;
}

/** The right to work on an export: nobody else has it at the same time. */
export interface Lease {
  /** Says that its holder lives; false where it was taken for dead. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

export async function leaseExport(id: string): Promise<Lease | undefined> {
  const { state } = identity().sessions;
  const key = `export-lease:${id}`;
  const holder = randomUUID();
  if ((await state.claim(key, holder, { ttl: LEASE })) !== undefined) return undefined;
  const ours = async () => {
    const kept = await state.get(key);
    return kept?.value === holder ? kept : undefined;
  };
  return {
    async renew() {
      const kept = await ours();
      return kept !== undefined && (await state.swap(key, kept.version, holder, { ttl: LEASE })) !== undefined;
    },
    async release() {
      const kept = await ours();
      if (kept !== undefined) await state.remove(key, kept.version);
    },
  };
}

/** It says whose it is, and names their orders. */
const written = (at: Export) => identity().sessions.seal.seal(JSON.stringify(at), keyOf(at.id));
const ownerOf = (scope: Scope) => hash('sha256', scope, 'base64url');
const keyOf = (id: string) => `export-head:${id}`;
const rowsKey = (id: string, from: number) => `export:${id}:${from}`;
