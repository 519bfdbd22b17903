import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { size, span } from '../panels/words.ts';
import { BarPicture, Scale } from './bar-picture.tsx';
import { CacheMark } from './marks.tsx';
import type { Bar, Waterfall } from './waterfall.ts';
import { attemptWords, cacheWords, segmentWords } from './words-of-call.ts';

interface Props {
  readonly trace: RequestTrace;
  readonly waterfall: Waterfall;
  /** The address of the payload of a call, by its place. */
  readonly payload: (place: number) => string;
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
            <th scope="col">Cache</th>
            <th scope="col">Attempts</th>
            <th scope="col">Bytes in → out</th>
            <th scope="col" className="waterfall-line">
              <Scale waterfall={waterfall} duration={trace.duration} />
            </th>
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => {
            const place = trace.calls.indexOf(bar.call);
            return <CallRow key={place} bar={bar} waterfall={waterfall} href={payload(place)} />;
          })}
        </tbody>
      </table>
    </section>
  );
}

function CallRow({ bar, waterfall, href }: { bar: Bar; waterfall: Waterfall; href: string }) {
  const { call, onPath } = bar;
  const { section, upstream, outcome, wire, mocked, personal } = call;
  const failed = outcome !== 'ok' && outcome !== 'not-found';
  return (
    <tr data-row data-path={onPath} data-failed={failed}>
      <th scope="row">
        <a href={href}>{section}</a>
        {onPath && <span className="path-mark">◆ critical path</span>}
        <span className="small soft">
          {upstream} · {call.call}
          {mocked && ' · mock'}
          {personal && ' · personal'}
        </span>
      </th>
      <td className="state">
        <CacheMark cache={call.cache} />
        <span className="small soft">{cacheWords(call)}</span>
      </td>
      <td className="attempts">
        {failed && <strong className="wrong">{outcome}</strong>}
        <span className={failed ? 'small soft' : 'number'}>{attemptWords(call)}</span>
        {wire?.misfits?.slice(0, 3).map(({ path, expected, seen }) => (
          <span key={path} className="small wrong">
            <code>{path || 'the answer'}</code>: {expected} was due, {seen} came
          </span>
        ))}
      </td>
      <td className="number">{wire ? `${size(wire.bytesIn)} → ${size(wire.bytesOut)}` : '–'}</td>
      <td className="waterfall-line">
        <BarPicture bar={bar} waterfall={waterfall} />
        <span className="small">
          <strong>{span(bar.end - bar.start)}</strong>
          <span className="soft">{` from ${span(Math.max(0, bar.start))}${segmentWords(bar)}`}</span>
        </span>
      </td>
    </tr>
  );
}
