import type { Doorbell } from '#kernel/state/state.ts';

export interface WorkerLoop {
  /** Resolves once the turn that is under way has ended; no new one is begun. */
  stop(): Promise<void>;
}

/**
 * Calls `turn` until the loop is stopped, one call after the other. It resolves with the milliseconds until the next one
 * is due, and never rejects; a bell that rings meanwhile makes it due at once. The loop does not keep the process alive.
 */
export function startWorkerLoop(turn: () => Promise<number>, bells: readonly Pick<Doorbell, 'on'>[]): WorkerLoop {
  let stopping = false;
  /** Whether a bell rang since the turn began: the turn may have missed what it rang for. */
  let rung = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    rung = true;
    wake?.();
  };
  const hangUps = bells.map((bell) => bell.on(ring));
  const rest = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds).unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (stopping || rung) wake();
    });
  const run = async () => {
    while (!stopping) {
      rung = false;
      const pause = await turn();
      if (pause > 0) await rest(pause);
    }
  };
  const ended = run();
  return {
    async stop() {
      stopping = true;
      for (const hangUp of hangUps) hangUp();
      wake?.();
      await ended;
    },
  };
}
