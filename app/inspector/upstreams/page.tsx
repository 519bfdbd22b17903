import type { Metadata } from 'next';
import { nextEngine } from '#app/engine.ts';
import { flat, type Query } from '#app/query.ts';
import { laneQuery } from '#inspector/lanes.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { answered } from '#kernel/telemetry/answered.ts';
import { type UpstreamRow, upstreamRows } from '#operations/shape/ops/upstream-rows.ts';
import { percent, span } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../panels/allowed.ts';
import { LaneLinks } from '../panels/lane-links.tsx';
import { lanesHere } from '../panels/lanes-here.ts';
import { PanelHead } from '../panels/panel-head.tsx';
import { ScrollTable } from '../panels/scroll-table.tsx';
import { Completeness } from './completeness.tsx';
import { HealthWord, healthNote } from './health-word.tsx';
import { Spark } from './spark.tsx';

export const metadata: Metadata = { title: 'Upstreams · Inspector' };

interface Props {
  readonly searchParams: Promise<Query>;
}

export default async function UpstreamsPage({ searchParams }: Props) {
  await requireInspector();
  const { lanes, shown } = await lanesHere(flat(await searchParams).lane);
  const { upstreams } = nextEngine().runtime;
  const rowsOf = (lane: typeof shown) => upstreamRows(upstreams, lane, performance.now(), Date.now());
  const hurting = (lane: typeof shown) => rowsOf(lane).filter(isHurting).length;
  const rows = rowsOf(shown);
  return (
    <div className="inspect">
      <PanelHead title="Upstreams">{headline(rows)}</PanelHead>
      <LaneLinks
        path="/inspector/upstreams"
        shown={shown.name}
        lanes={lanes.map((lane) => ({
          name: lane.name,
          note: hurting(lane) > 0 ? `${hurting(lane)} hurting` : undefined,
        }))}
      />
      <ScrollTable
        caption="Upstreams, the one that does most harm first"
        columns={['Upstream', 'State', 'Last 15 min', 'p50', 'p95', 'Calls', 'Failed', 'Retries left']}
      >
        {rows.map((row) => (
          <tr key={row.name} data-row>
            <th scope="row">
              <a href={`/inspector/upstreams/${row.name}?${laneQuery(shown.name)}`}>{row.name}</a>{' '}
              <span className="soft small">
                {row.mocked ? 'mock' : 'live'} at {row.host}
              </span>
            </th>
            <td className="panel-state">
              <HealthWord health={row.health} />
              <span className="soft small">{healthNote(row)}</span>
            </td>
            <td>
              {row.idle === undefined ? <span className="soft small">no traffic</span> : <Spark slices={row.slices} />}
            </td>
            <td className="number">{row.stats.p50 === undefined ? '–' : span(row.stats.p50)}</td>
            <td className="number">{row.stats.p95 === undefined ? '–' : span(row.stats.p95)}</td>
            <td className="number">{row.stats.calls}</td>
            <td className="number">
              {row.failed === 0 ? '–' : `${row.failed} (${percent(row.failed, row.stats.calls)})`}
            </td>
            <td className="number">{row.retriesLeft}</td>
          </tr>
        ))}
      </ScrollTable>
      <p className="soft small">
        Counted where calls go out: what a cache answers is none. p50 and p95 are of whole exchanges with their queue
        and their retries, to the next 19 %.
      </p>
      {shown.name === MAIN_LANE && <Completeness answered={answered()} now={performance.now()} />}
    </div>
  );
}

const isHurting = ({ health }: UpstreamRow) => health !== 'well' && health !== 'quiet';

function headline(rows: readonly UpstreamRow[]): string {
  const hurting = rows.filter(isHurting);
  const [worst] = hurting;
  if (worst) return `${worst.name} ${worst.health === 'failing' ? 'fails' : 'is cut off'}: ${healthNote(worst)}.`;
  if (rows.every(({ health }) => health === 'quiet')) return 'Nothing was called for a while: open a page of the shop.';
  return 'All that were called answer as they should.';
}
