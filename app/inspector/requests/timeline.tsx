import type { Waterfall } from '#inspector/requests/waterfall.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { span } from '#operations/shape/ops/words.ts';
import { pageOf } from './look.ts';
import { WaterfallTable } from './waterfall-table.tsx';

const KINDS = ['queue', 'send', 'read', 'parse', 'pause', 'cache'] as const;

interface Props {
  readonly trace: RequestTrace;
  readonly waterfall: Waterfall;
  readonly payload: (index: number) => string;
}

export function Timeline({ trace, waterfall, payload }: Props) {
  const { calls, composedBy, deadline, cache } = trace;
  return (
    <>
      {composedBy && (
        <p>
          {cache === 'collapsed' ? 'The answer was composed by ' : 'What is kept was composed by '}
          <a href={pageOf(composedBy)}>{`request ${composedBy}`}</a>
          {cache === 'collapsed' ? ': its calls stand here.' : ': its calls stand there.'}
        </p>
      )}
      {calls.length > 0 && (
        <>
          <WaterfallTable trace={trace} waterfall={waterfall} payload={payload} />
          <p className="legend small soft">
            {KINDS.map((kind) => (
              <span key={kind}>
                <svg width="18" height="10" aria-hidden="true" className="bar">
                  <rect
                    className={`bar-${kind}`}
                    y={kind === 'queue' || kind === 'pause' ? 3 : 0}
                    width="18"
                    height={kind === 'queue' || kind === 'pause' ? 4 : 10}
                  />
                </svg>
                {kind}
              </span>
            ))}
            <span>
              <svg width="18" height="10" aria-hidden="true" className="bar">
                <rect className="bar-path" y="4" width="18" height="3" />
              </svg>
              ◆ critical path
            </span>
            <span>
              <svg width="8" height="12" aria-hidden="true" className="bar">
                <line className="bar-timeout" x1="4" x2="4" y1="0" y2="12" />
              </svg>
              its timeout
            </span>
            {deadline > 0 && (
              <span>
                {waterfall.deadline === undefined ? (
                  `Deadline: ${span(deadline)}, far beyond the right edge`
                ) : (
                  <>
                    <svg width="8" height="12" aria-hidden="true" className="bar">
                      <line className="bar-deadline" x1="4" x2="4" y1="0" y2="12" />
                    </svg>
                    {`deadline, ${span(deadline)}`}
                  </>
                )}
              </span>
            )}
          </p>
        </>
      )}
    </>
  );
}
