import { SLICES } from '#kernel/base/time/window.ts';
import type { TrafficStats } from '#kernel/upstream/lane/traffic.ts';
import { span } from '#operations/shape/ops/words.ts';

const STEP = 5;
const WIDTH = SLICES * STEP;
const HEIGHT = 36;
const FOOT = 4;

/** p50 and p95 over the last quarter of an hour, with a mark where calls failed. Where nothing was sent there is no line. */
export function Spark({ slices }: { slices: readonly (TrafficStats | undefined)[] }) {
  const max = Math.max(1, ...slices.map((slice) => slice?.p95 ?? 0));
  const y = (value: number) => (HEIGHT - FOOT - 2) * (1 - value / max) + 1;
  return (
    <svg
      className="spark"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <line className="spark-base" x1="0" y1={HEIGHT - FOOT} x2={WIDTH} y2={HEIGHT - FOOT} />
      {(['p95', 'p50'] as const).map((which) => (
        <path key={which} className={`spark-${which}`} d={linePath(slices, which, y)} />
      ))}
      {slices.map((slice, index) =>
        slice !== undefined && slice.failures.size > 0 ? (
          <rect
            key={index}
            className="spark-failed"
            x={index * STEP}
            y={HEIGHT - FOOT}
            width={STEP - 1}
            height={FOOT}
          />
        ) : null,
      )}
      <title>{`up to ${span(max)}`}</title>
    </svg>
  );
}

/** One stroke for each run of slices with traffic; a single one is a dash. */
function linePath(
  slices: readonly (TrafficStats | undefined)[],
  which: 'p50' | 'p95',
  y: (value: number) => number,
): string {
  let path = '';
  let drawing = false;
  for (const [index, slice] of slices.entries()) {
    const value = slice?.[which];
    if (value === undefined) {
      drawing = false;
      continue;
    }
    const [left, right] = [index * STEP, (index + 1) * STEP];
    path += `${drawing ? 'L' : 'M'}${left} ${y(value).toFixed(1)}L${right} ${y(value).toFixed(1)}`;
    drawing = true;
  }
  return path;
}
