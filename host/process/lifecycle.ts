import { processSingleton } from '#kernel/base/registry.ts';

/** The stage of the process's life, which readiness reports. A host that starts and drains by itself says so here. */
type Phase = 'starting' | 'ready' | 'draining';

/** Where each upstream is, and whether a mock stands in for it. */
type Upstreams = Readonly<Record<string, { readonly url: string; readonly mocked: boolean }>>;

interface Lifecycle {
  phase: Phase;
  upstreams: Upstreams;
}

const lifecycle = (): Lifecycle => processSingleton('lifecycle', () => ({ phase: 'ready', upstreams: {} }));

export function phase(): Phase {
  return lifecycle().phase;
}

export function enterPhase(next: Phase): void {
  lifecycle().phase = next;
}

/** The upstreams of this process. */
export const upstreamAddresses = (): Upstreams => lifecycle().upstreams;

/** The upstreams that a mock stands in for. */
export const mockedUpstreams = (): string[] =>
  Object.entries(lifecycle().upstreams).flatMap(([name, { mocked }]) => (mocked ? [name] : []));

export function noteUpstreams(upstreams: Upstreams): void {
  lifecycle().upstreams = Object.fromEntries(
    Object.entries(upstreams).map(([name, { url, mocked }]) => [name, { url, mocked }]),
  );
}
