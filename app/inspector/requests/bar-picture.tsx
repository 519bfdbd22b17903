import { type Bar, hasFailed, type Waterfall } from '#inspector/requests/waterfall.ts';
import { span } from '#operations/shape/ops/words.ts';

const WIDTH = 1_000;
const HEIGHT = 22;

const positionOn = ({ from, to }: Pick<Waterfall, 'from' | 'to'>) => {
  const scale = WIDTH / Math.max(to - from, 0.001);
  return (at: number) => (at - from) * scale;
};

interface Props {
  readonly bar: Bar;
  readonly waterfall: Waterfall;
}

/** A call's way as a picture. Nothing stands in it that the table does not say in words. */
export function BarPicture({ bar, waterfall }: Props) {
  const x = positionOn(waterfall);
  const { segments, start, end, timeout, onPath, call } = bar;
  return (
    <svg
      className="bar"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      data-failed={hasFailed(call)}
      data-aborted={call.outcome === 'aborted'}
    >
      {waterfall.deadline !== undefined && <Line at={x(waterfall.deadline)} kind="deadline" />}
      {timeout !== undefined && timeout <= waterfall.to && <Line at={x(timeout)} kind="timeout" />}
      {segments.map(({ kind, start: from, end: until }) => (
        <rect
          key={`${kind}${from}`}
          className={`bar-${kind}`}
          x={x(from)}
          y={kind === 'queue' || kind === 'pause' ? 9 : 5}
          width={Math.max(1.5, x(until) - x(from))}
          height={kind === 'queue' || kind === 'pause' ? 4 : 12}
        />
      ))}
      {onPath && <rect className="bar-path" x={x(start)} y={19} width={Math.max(3, x(end) - x(start))} height={3} />}
    </svg>
  );
}

function Line({ at, kind }: { at: number; kind: string }) {
  return <line className={`bar-${kind}`} x1={at} x2={at} y1="0" y2={HEIGHT} />;
}

/** The time line over the bars: where the answer was there, and where the time would have been up. */
export function Scale({ waterfall, duration }: { waterfall: Waterfall; duration: number }) {
  const x = positionOn(waterfall);
  const end = x(duration);
  const { deadline } = waterfall;
  return (
    <span className="scale">
      <span className="visually-hidden">Time line, </span>
      <span>{waterfall.from < 0 ? `${span(-waterfall.from)} before` : '0'}</span>
      <span className="scale-end">{`answered after ${span(duration)}`}</span>
      {deadline !== undefined && <span className="scale-deadline">{`deadline ${span(deadline)}`}</span>}
      <svg className="bar" viewBox={`0 0 ${WIDTH} 6`} preserveAspectRatio="none" aria-hidden="true">
        <rect className="bar-whole" x={x(0)} y="1" width={end - x(0)} height="4" />
        {deadline !== undefined && <Line at={x(deadline)} kind="deadline" />}
      </svg>
    </span>
  );
}
