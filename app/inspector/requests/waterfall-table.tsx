import { violationWords } from '#inspector/requests/payload.ts';
import { type Bar, hasFailed, type Waterfall } from '#inspector/requests/waterfall.ts';
import { attemptWords, cacheWords, segmentWords } from '#inspector/requests/words-of-call.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { size, span } from '#operations/shape/ops/words.ts';
import { BarPicture, Scale } from './bar-picture.tsx';
import { CacheMark } from './marks.tsx';

interface Props {
  readonly trace: RequestTrace;
  readonly waterfall: Waterfall;
  /** The address of the payload of a call, by its place. */
  readonly payload: (index: number) => string;
}

/** Every call of a request in the order in which they began. What the bars show, the cells say. */
export function WaterfallTable({ trace, waterfall, payload }: Props) {
  const { bars } = waterfall;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1).
    <section className="panel-scroll" aria-label="Calls in the order in which they began" tabIndex={0}>
      <table className="panel-table waterfall">
        <caption className="visually-hidden">Calls in the order in which they began</caption>
        <thead>
          <tr>
            <th scope="col">Section, call</th>
            <th scope="col" className="waterfall-line">
              <Scale waterfall={waterfall} duration={trace.duration} />
            </th>
            <th scope="col">Cache</th>
            <th scope="col">Attempts</th>
            <th scope="col">Bytes in</th>
          </tr>
        </thead>
        <tbody>
          {bars.map((bar, index) => (
            <CallRow key={payload(index)} bar={bar} waterfall={waterfall} href={payload(index)} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CallRow({ bar, waterfall, href }: { bar: Bar; waterfall: Waterfall; href: string }) {
  const { call, calls, onPath } = bar;
  const { section, upstream, outcome, wire, mocked, personal } = call;
  const failed = hasFailed(call);
  return (
    <tr data-row data-path={onPath} data-failed={failed}>
      <th scope="row">
        <a href={href}>{section}</a>
        {calls.length > 1 && <span className="soft">{` × ${calls.length}`}</span>}
        {onPath && <span className="path-mark">◆ critical path</span>}
        <span className="small soft">
          {upstream} · {call.call}
          {mocked && ' · mock'}
          {personal && ' · personal'}
        </span>
      </th>
      <td className="waterfall-line">
        <BarPicture bar={bar} waterfall={waterfall} />
        <span className="small">
          <strong>{span(bar.end - bar.start)}</strong>
          <span className="soft">{` from ${span(Math.max(0, bar.start))}${segmentWords(bar)}`}</span>
        </span>
      </td>
      <td className="cache-cell">
        <CacheMark cache={call.cache} />
        <span className="small soft">{cacheWords(call)}</span>
      </td>
      <td className="attempts">
        {outcome !== 'ok' && <strong className={failed ? 'wrong' : 'soft'}>{outcome}</strong>}
        <span className="small">{attemptWords(call)}</span>
        {wire?.violations?.slice(0, 3).map((violation) => (
          <span key={violation.path} className="small wrong">
            <code>{violation.path || 'the answer'}</code>: {violationWords(violation)}
          </span>
        ))}
      </td>
      <td className="number">
        {wire ? size(wire.bytesIn) : '–'}
        {wire && wire.bytesOut > 0 && <span className="small soft">{`sent ${size(wire.bytesOut)}`}</span>}
      </td>
    </tr>
  );
}
