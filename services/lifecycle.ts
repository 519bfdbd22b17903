import { slot } from '#kernel/base/registry.ts';

/** Where the process is in its life; readiness is told from it. A host that starts and drains by itself says so here. */
export type Phase = 'starting' | 'ready' | 'draining';

interface Lifecycle {
  phase: Phase;
  mocked: readonly string[];
}

const lifecycle = (): Lifecycle => slot('lifecycle', () => ({ phase: 'ready', mocked: [] }));

export function phase(): Phase {
  return lifecycle().phase;
}

export function enterPhase(next: Phase): void {
  lifecycle().phase = next;
}

/** The upstreams that a mock stands in for. */
export function mockedUpstreams(): readonly string[] {
  return lifecycle().mocked;
}

export function noteMocked(names: readonly string[]): void {
  lifecycle().mocked = names;
}
