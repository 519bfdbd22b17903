import { processSingleton } from '#kernel/base/registry.ts';
import { MAX_OVERRIDE_MS, type Override, targetKey } from './override.ts';

type Kind<K extends Override['kind']> = Extract<Override, { readonly kind: K }>;

/** The overrides of ordinary traffic that this process knows. Plain data. */
export interface Overrides {
  /** Undefined while there are none, so that a request checks one field. */
  active: ActiveOverrides | undefined;
}

/** Active overrides, by what they are looked up with. Each has its own end. */
interface ActiveOverrides {
  readonly all: readonly Override[];
  readonly stale: ReadonlyMap<string, Kind<'stale'>>;
  readonly open: ReadonlyMap<string, Kind<'open'>>;
  readonly shed: ReadonlyMap<string, readonly Kind<'shed'>[]>;
}

/** One table a process: the state of the override log, once it is followed. */
export const overrides = (): Overrides => processSingleton('overrides', createOverrides);

export const createOverrides = (): Overrides => ({ active: undefined });

/**
 * Adds an override in place of an earlier one of the same target. It ends at `until`, and within a day at the latest.
 */
export function setOverride(overrides: Overrides, override: Override, now: number): void {
  const until = Math.min(override.until, override.at + MAX_OVERRIDE_MS);
  const others = (overrides.active?.all ?? []).filter((other) => targetKey(other) !== targetKey(override));
  replaceActive(overrides, [...others, { ...override, until }], now);
}

export function removeOverride(overrides: Overrides, id: string, now: number): void {
  replaceActive(
    overrides,
    (overrides.active?.all ?? []).filter((override) => override.id !== id),
    now,
  );
}

/** Drops what has ended, so that a request has nothing to check again. */
export function prune(overrides: Overrides, now: number): void {
  if (overrides.active?.all.some(({ until }) => until <= now)) replaceActive(overrides, overrides.active.all, now);
}

function replaceActive(overrides: Overrides, wanted: readonly Override[], now: number): void {
  const all = wanted.filter(({ until }) => now < until);
  const of = <K extends Override['kind']>(kind: K) =>
    all.filter((override): override is Kind<K> => override.kind === kind);
  overrides.active =
    all.length === 0
      ? undefined
      : {
          all,
          stale: new Map(of('stale').map((override) => [override.upstream, override])),
          open: new Map(of('open').map((override) => [override.upstream, override])),
          shed: Map.groupBy(of('shed'), ({ operation }) => operation),
        };
}

export const activeOverrides = ({ active }: Overrides, now: number): Override[] =>
  active === undefined ? [] : active.all.filter(({ until }) => now < until);

/** How long beyond their freshness an upstream's values may stand in for it, by an override; else 0. Milliseconds. */
export function beyondFresh({ active }: Overrides, upstream: string): number {
  const override = active?.stale.get(upstream);
  return override !== undefined && Date.now() < override.until ? override.beyond : 0;
}

/** How long an override isolates an upstream; undefined if none does. Milliseconds. */
export function isolatedFor({ active }: Overrides, upstream: string): number | undefined {
  const override = active?.open.get(upstream);
  const left = override === undefined ? 0 : override.until - Date.now();
  return left > 0 ? left : undefined;
}

/** The parts that an operation is to leave out; undefined where there are none. */
export function shedParts({ active }: Overrides, operation: string): readonly string[] | undefined {
  const shed = active?.shed.get(operation);
  if (shed === undefined) return undefined;
  const now = Date.now();
  const parts = shed.filter(({ until }) => now < until).map(({ part }) => part);
  return parts.length === 0 ? undefined : parts;
}
