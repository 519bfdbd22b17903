import { readable } from '#inspector/requests/shown-target.ts';
import { type RequestTrace, recentTraces } from '#kernel/telemetry/trace.ts';
import { clockSeconds, span } from '#operations/shape/ops/words.ts';
import { targetOf } from './look.ts';
import { CacheMark, Method, Status } from './marks.tsx';

const MAX_LISTED = 12;

/** Other requests of the same operation, each a click from being compared with this one. */
export function CompareWith({ trace }: { trace: RequestTrace }) {
  const others = recentTraces().filter(({ id, operation }) => operation === trace.operation && id !== trace.id);
  const same = (other: RequestTrace) => Number(other.target === trace.target);
  const shown = others.sort((a, b) => same(b) - same(a) || b.at - a.at).slice(0, MAX_LISTED);
  if (shown.length === 0) {
    return (
      <p>
        Nothing to hold beside it yet: no other request of <code>{trace.operation}</code> is kept. Replay it, or play a
        scenario and ask again.
      </p>
    );
  }
  return (
    <ul className="panel-list">
      {shown.map((other) => (
        <li key={other.id} data-row>
          <Method method={other.method} />{' '}
          <a href={`/inspector/compare?${new URLSearchParams({ a: trace.id, b: other.id })}`}>
            {readable(targetOf(other))}
          </a>{' '}
          <span className="soft small">
            {`${clockSeconds(other.at)} UTC · ${span(other.duration)} · `}
            <Status status={other.status} problem={other.problem} /> <CacheMark cache={other.cache} />
            {other.lane && ` · ${other.lane}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
