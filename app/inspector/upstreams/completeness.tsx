import { SLICES } from '#kernel/base/time/window.ts';
import { type Answered, type AnswerStats, answerStats, answersBySlice } from '#kernel/telemetry/answered.ts';
import { percent } from '#operations/shape/ops/words.ts';
import { ScrollTable } from '../panels/scroll-table.tsx';

interface Props {
  readonly answered: ReadonlyMap<string, Answered>;
  /** The moment, monotonic. */
  readonly now: number;
}

/**
 * How complete the answers of each operation were, the worst first: a 200 with holes in it looks well everywhere else.
 */
export function Completeness({ answered, now }: Props) {
  const rows = [...answered]
    .map(([id, counted]) => ({ id, counted, stats: answerStats(counted, now) }))
    .filter(({ stats }) => stats.completeness !== undefined)
    .sort((a, b) => (a.stats.completeness ?? 1) - (b.stats.completeness ?? 1) || b.stats.requests - a.stats.requests);
  if (rows.length === 0) return null;
  return (
    <section className="section">
      <h2>How whole answers were</h2>
      <ScrollTable
        caption="Operations, the one whose answers lacked most first"
        columns={['Operation', 'Whole', 'Last 15 min', 'Answers', 'Partial', 'Failed']}
      >
        {rows.map(({ id, counted, stats: { whole, partial, failed } }) => (
          <tr key={id} data-row>
            <th scope="row">
              <a href={`/inspector/endpoints/${id}`}>{id}</a>
            </th>
            <td className="number">{percent(whole, whole + partial + failed)}</td>
            <td>
              <CompletenessSpark slices={answersBySlice(counted, now)} />
            </td>
            <td className="number">{whole + partial + failed}</td>
            <td className="number">{partial || '–'}</td>
            <td className="number">{failed || '–'}</td>
          </tr>
        ))}
      </ScrollTable>
      <p className="soft small">
        Ordinary traffic, without scenarios. Partial: a section was missing, old or replaced. What was refused for what
        its client did does not count.
      </p>
    </section>
  );
}

const STEP = 5;
const WIDTH = SLICES * STEP;
const HEIGHT = 24;

/**
 * The share of complete answers over time, from the bottom up, with the incomplete ones above. Empty where there were
 * no requests.
 */
function CompletenessSpark({ slices }: { slices: readonly (AnswerStats | undefined)[] }) {
  return (
    <svg className="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <line className="spark-base" x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
      {slices.map((slice, index) => {
        if (slice?.completeness === undefined) return null;
        const whole = slice.completeness * HEIGHT;
        const bar = { x: index * STEP, width: STEP - 1 };
        return (
          <g key={index}>
            <rect className="spark-whole" {...bar} y={HEIGHT - whole} height={whole} />
            <rect className="spark-failed" {...bar} y={0} height={HEIGHT - whole} />
          </g>
        );
      })}
    </svg>
  );
}
