import { slot } from '#kernel/base/registry.ts';

/** Where the process is in its life; readiness is told from it. A host that starts and drains by itself says so here. */
export type Phase = 'starting' | 'ready' | 'draining';

const lifecycle = (): { phase: Phase } => slot('lifecycle', () => ({ phase: 'ready' }));

export function phase(): Phase {
  return lifecycle().phase;
}

export function enterPhase(next: Phase): void {
  lifecycle().phase = next;
}
