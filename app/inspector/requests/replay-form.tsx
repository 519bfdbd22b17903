import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { mayReplay, pageOf } from './look.ts';

/** The button that sends a request again; under `r`. */
export function ReplayForm({ trace }: { trace: RequestTrace }) {
  return (
    <form method="post" action={`${pageOf(trace.id)}/replay`}>
      <button className="panel-button" type="submit" data-key="r" disabled={!mayReplay(trace)}>
        Replay
      </button>
    </form>
  );
}
