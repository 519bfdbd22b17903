import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { nextEngine } from '#app/engine.ts';
import { flat, type Query } from '#app/query.ts';
import { callsUpstream } from '#inspector/endpoints/plan-lines.ts';
import { laneName } from '#inspector/lanes.ts';
import { SLICE, SLICES } from '#kernel/base/time/window.ts';
import { harmOf, isHurt } from '#kernel/telemetry/harm.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { upstreamRows } from '#operations/shape/ops/upstream-rows.ts';
import { clock, clockSeconds, counted, percent, span, times } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../../panels/allowed.ts';
import { Fact } from '../../panels/fact.tsx';
import { LaneLinks } from '../../panels/lane-links.tsx';
import { lanesHere } from '../../panels/lanes-here.ts';
import { PanelHead } from '../../panels/panel-head.tsx';
import { ScrollTable } from '../../panels/scroll-table.tsx';
import { HealthWord, healthNote } from '../health-word.tsx';
import { Spark } from '../spark.tsx';

interface Props {
  readonly params: Promise<{ readonly name: string }>;
  readonly searchParams: Promise<Query>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `${(await params).name} · Inspector` };
}

export default async function UpstreamPage({ params, searchParams }: Props) {
  await requireInspector();
  const { name } = await params;
  const { runtime, operations } = nextEngine();
  const { lanes, shown } = await lanesHere(flat(await searchParams).lane);
  const now = performance.now();
  const row = upstreamRows(runtime.upstreams, shown, now, Date.now()).find((one) => one.name === name);
  if (row === undefined) notFound();
  const traces = recentTraces().filter(({ lane }) => lane === shown.name);
  const harm = harmOf(traces, (call) => call.upstream === name && isHurt(call));
  const callers = operations.filter((operation) => callsUpstream(operation, name));
  const minutes = row.slices.map((stats, index) => ({ stats, at: Date.now() - (SLICES - index) * SLICE }));
  const reasons = [...row.failures].sort(([, a], [, b]) => b.count - a.count);
  return (
    <div className="inspect">
      <PanelHead title={name}>
        {row.mocked ? 'A mock stands in for it' : 'Live'} at {row.host}, in {laneName(shown.name)}.{' '}
        <a href={`/inspector/levers?kind=open&aim=${encodeURIComponent(name)}#pull`}>Hold its breaker open</a>
      </PanelHead>
      <LaneLinks path={`/inspector/upstreams/${name}`} shown={shown.name} lanes={lanes} />
      <dl className="panel-facts">
        <Fact name="State" note={healthNote(row)}>
          <HealthWord health={row.health} />
        </Fact>
        <Fact name="Last good call" note={row.lastGood && `${span(Date.now() - row.lastGood)} ago`}>
          {row.lastGood ? `${clockSeconds(row.lastGood)} UTC` : 'none yet'}
        </Fact>
        <Fact name="Retries left" note="a fifth of the calls of ten seconds, and ten">
          {row.retriesLeft}
        </Fact>
        <Fact name="Under way" note={row.queued > 0 ? `${row.queued} wait for a permit` : 'no call waits for a permit'}>
          {row.active}
        </Fact>
        <Fact name="Calls" note="since the start">
          {row.calls}
        </Fact>
      </dl>

      <section className="section">
        <h2>Whom it hurts</h2>
        {harm.length === 0 ? (
          <p className="soft">No answer among the last {traces.length} suffered from it.</p>
        ) : (
          <ScrollTable caption="Answers that suffered" columns={['Endpoint', 'What', 'How often', 'Newest']}>
            {harm.map(({ operation, section, how, count, trace }) => (
              <tr key={`${operation} ${section} ${how}`} data-row>
                <th scope="row">
                  <a href={`/inspector/endpoints/${operation}`}>{operation}</a>
                </th>
                <td>
                  {how === 'failed'
                    ? 'no answer at all'
                    : how === 'covered'
                      ? `${section}, not noticed`
                      : `${section} ${how}`}
                </td>
                <td>{times(count)}</td>
                <td>
                  <a href={`/inspector/requests/${encodeURIComponent(trace)}`}>{trace}</a>
                </td>
              </tr>
            ))}
          </ScrollTable>
        )}
        <p className="soft small">
          It is called by{' '}
          {callers.length === 0
            ? 'no plan; what is asked later shows in traces'
            : callers.map(({ contract: { id } }, index) => (
                <span key={id}>
                  {index > 0 && ', '}
                  <a href={`/inspector/endpoints/${id}`}>{id}</a>
                </span>
              ))}
          .
        </p>
      </section>

      <section className="section">
        <h2>What went wrong</h2>
        {reasons.length === 0 ? (
          <p className="soft">Nothing since the start.</p>
        ) : (
          <ScrollTable caption="Failures by kind" columns={['Kind', 'Last 15 min', 'Since the start', 'Last']}>
            {reasons.map(([reason, { count, last }]) => (
              <tr key={reason}>
                <th scope="row">
                  {reason} <span className="soft small">{MEANING[reason]}</span>
                </th>
                <td className="number">{row.stats.failures.get(reason) ?? '–'}</td>
                <td className="number">{count}</td>
                <td>{clockSeconds(last)} UTC</td>
              </tr>
            ))}
          </ScrollTable>
        )}
      </section>

      <section className="section">
        <h2>The last quarter of an hour</h2>
        {row.idle === undefined ? (
          <p className="soft">No traffic: there is nothing to draw.</p>
        ) : (
          <>
            <div className="spark-large">
              <Spark slices={row.slices} />
            </div>
            <p className="soft small">
              <span className="spark-key" data-line="p50" /> p50 {row.stats.p50 !== undefined && span(row.stats.p50)}{' '}
              <span className="spark-key" data-line="p95" /> p95 {row.stats.p95 !== undefined && span(row.stats.p95)}{' '}
              <span className="spark-key" data-line="failed" /> calls failed
            </p>
            <details>
              <summary>As a table</summary>
              <ScrollTable caption="Every half minute with traffic" columns={['From', 'Calls', 'p50', 'p95', 'Failed']}>
                {minutes.map(({ stats, at }) => {
                  if (stats === undefined) return null;
                  const failed = [...stats.failures.values()].reduce((sum, count) => sum + count, 0);
                  return (
                    <tr key={at}>
                      <th scope="row">{clock(at)}</th>
                      <td className="number">{counted(stats.calls, 'call')}</td>
                      <td className="number">{stats.p50 === undefined ? '–' : span(stats.p50)}</td>
                      <td className="number">{stats.p95 === undefined ? '–' : span(stats.p95)}</td>
                      <td className="number">{failed === 0 ? '–' : `${failed} (${percent(failed, stats.calls)})`}</td>
                    </tr>
                  );
                })}
              </ScrollTable>
            </details>
          </>
        )}
      </section>
    </div>
  );
}

const MEANING: Readonly<Record<string, string>> = {
  timeout: 'no answer in its time',
  unavailable: 'no connection, or a status that says so',
  open: 'not sent: the breaker is open',
  contract: 'an answer that does not fit our schema',
  denied: 'our credential was refused',
  overloaded: 'no free place: too many at once',
  internal: 'our own mistake',
};
