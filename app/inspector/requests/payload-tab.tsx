import { type CallPayload, ledgerOf, violationWords } from '#inspector/requests/payload.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { counted, size } from '#operations/shape/ops/words.ts';
import { JsonView } from './json-view.tsx';

/** Items of a list that are shown, unless all are asked for. */
const FEW = 3;
/** Calls that stand open at first. */
const OPEN = 3;

interface Props {
  readonly trace: RequestTrace;
  /** The call that was asked for, by its place. */
  readonly call: number | undefined;
  readonly all: boolean;
  /** The same page with all items of all lists, or with few. */
  readonly other: string;
}

/** Upstreams' answers on the left, ours on the right, and the fate of each field. */
export function PayloadTab({ trace, call, all, other }: Props) {
  const { calls, view, made, bytesIn, total } = ledgerOf(trace, all ? Number.POSITIVE_INFINITY : FEW);
  return (
    <>
      <p>
        <strong>{`${size(bytesIn)} in → ${size(trace.bytesOut)} out.`}</strong>{' '}
        {`Of upstreams' fields ${total.kept} kept, ${total.renamed} renamed, ${total.dropped} dropped or reshaped; ${made} of ours are made.`}{' '}
        <a href={other}>{all ? 'Show few items of each list' : 'Show all items of lists'}</a>
      </p>
      <p className="legend small soft">
        <span>plain: kept</span>
        <span className="json-key" data-fate="renamed">
          → renamed
        </span>
        <span className="json-key" data-fate="dropped">
          <s>dropped</s>
        </span>
        <span className="json-key" data-fate="broken">
          broke its contract
        </span>
        <span className="json-key" data-fate="made">
          made by us
        </span>
        <span>‹string›: not shown, it is secret or personal</span>
      </p>
      <div className="payload">
        <div className="payload-side">
          <h2>What upstreams sent</h2>
          {calls.map((one, index) => (
            <CallAnswer
              key={index}
              payload={one}
              index={index}
              open={call === undefined ? index < OPEN || one.violations.length > 0 : call === index}
            />
          ))}
        </div>
        <div className="payload-side payload-ours">
          <h2>What we answered</h2>
          {view ? (
            <JsonView lines={view} label="Our answer" />
          ) : (
            <p className="soft">
              {trace.status >= 400
                ? 'No view: the answer is a problem.'
                : 'Not kept: it is no read, too long, or newer requests needed the room.'}
            </p>
          )}
        </div>
      </div>
    </>
  );
}

function CallAnswer({ payload, index, open }: { payload: CallPayload; index: number; open: boolean }) {
  const { bar, lines, count, violations } = payload;
  const { section, upstream, call, outcome } = bar.call;
  const { kept, renamed, dropped } = count;
  return (
    <details id={`call-${index}`} open={open} data-row>
      <summary>
        <strong>{section}</strong>
        {bar.calls.length > 1 && <span className="soft">{` × ${bar.calls.length}`}</span>}{' '}
        <span className="soft small">{`${upstream} · ${call}`}</span>
        <span className="small soft payload-count">
          {lines.length > 0
            ? `${counted(kept + renamed + dropped, 'field')}: ${kept} kept, ${renamed} renamed, ${dropped} dropped`
            : outcome === 'ok'
              ? 'not kept'
              : outcome}
        </span>
        {violations.map((violation) => (
          <span className="small wrong payload-count" key={violation.path}>
            <code>{violation.path || 'the answer'}</code>: {violationWords(violation)}
          </span>
        ))}
      </summary>
      {lines.length > 0 ? (
        <JsonView lines={lines} label={`The answer of ${upstream} for ${section}`} />
      ) : (
        <p className="soft small">
          {outcome === 'ok'
            ? 'What it sent is not kept any more, or was never here.'
            : `Nothing came that could be shown: ${outcome}.`}
        </p>
      )}
    </details>
  );
}
