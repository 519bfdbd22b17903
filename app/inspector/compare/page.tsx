import type { Metadata } from 'next';
import { flat, type Query } from '#app/query.ts';
import { type Comparison, comparisonOf, type Pair } from '#inspector/requests/comparison.ts';
import { completenessOf } from '#inspector/requests/completeness.ts';
import { bytesInOf } from '#inspector/requests/payload.ts';
import { readable } from '#inspector/requests/shown-target.ts';
import type { Bar, Waterfall } from '#inspector/requests/waterfall.ts';
import { findTrace, type RequestTrace } from '#kernel/telemetry/trace.ts';
import { clockSeconds, size, span } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../panels/allowed.ts';
import { PanelHead } from '../panels/panel-head.tsx';
import { ScrollTable } from '../panels/scroll-table.tsx';
import { BarPicture } from '../requests/bar-picture.tsx';
import { pageOf, targetOf } from '../requests/look.ts';
import { CacheMark, Method, Status } from '../requests/marks.tsx';
import { Ring } from '../requests/ring.tsx';

export const metadata: Metadata = { title: 'Compare · Inspector' };

/** Differences that are shown. */
const MAX_PAIRS = 200;

interface Props {
  readonly searchParams: Promise<Query>;
}

/** Two requests side by side. */
export default async function ComparePage({ searchParams }: Props) {
  await requireInspector();
  const query = flat(await searchParams);
  const a = findTrace(query.a ?? '');
  const b = findTrace(query.b ?? '');
  if (a === undefined || b === undefined) return <Choose query={query} missing={{ a: !a, b: !b }} />;
  const comparison = comparisonOf(a, b);
  const { pairs, differences, noticed } = comparison;
  return (
    <div className="inspect">
      <PanelHead title="Compare" live={false}>
        <strong>{comparison.headline}</strong>{' '}
        <a href={`/inspector/compare?${new URLSearchParams({ a: b.id, b: a.id })}`}>Swap</a>
      </PanelHead>
      <div className="compare-heads">
        <Side name="A" trace={a} />
        <Side name="B" trace={b} />
      </div>
      {pairs.length > 0 && (
        <ScrollTable
          caption="Calls of both"
          columns={['Section, call', 'A', 'Time line of A', 'B', 'Time line of B', 'Difference']}
        >
          {pairs.map((pair, index) => (
            <PairRow key={index} pair={pair} comparison={comparison} />
          ))}
        </ScrollTable>
      )}
      <h2>What clients get</h2>
      <Differences differences={differences} noticed={noticed} />
    </div>
  );
}

function Side({ name, trace }: { name: string; trace: RequestTrace }) {
  const { id, at, method, status, problem, duration, bytesOut, calls, lane } = trace;
  return (
    <section className="compare-side" aria-label={name} data-row>
      <p>
        <strong className="compare-name">{name}</strong> <Method method={method} />{' '}
        <a href={pageOf(id)}>{readable(targetOf(trace))}</a>
        {lane !== '' && (
          <span className="panel-chip" data-lane="true">
            {lane}
          </span>
        )}
      </p>
      <p className="compare-facts">
        <Status status={status} problem={problem} /> <strong>{span(duration)}</strong>{' '}
        <Ring completeness={completenessOf(trace)} /> {`${size(bytesInOf(calls))} → ${size(bytesOut)}`}{' '}
        <CacheMark cache={trace.cache} /> <span className="soft small">{`${clockSeconds(at)} UTC`}</span>
      </p>
    </section>
  );
}

function PairRow({ pair, comparison }: { pair: Pair; comparison: Comparison }) {
  const { section, upstream, call, a, b } = pair;
  // Both on one scale, so that their lengths can be compared.
  const scale = {
    from: Math.min(comparison.a.from, comparison.b.from),
    to: Math.max(comparison.a.to, comparison.b.to),
    deadline: undefined,
  };
  const delta = a && b ? b.end - b.start - (a.end - a.start) : undefined;
  return (
    <tr>
      <th scope="row">
        {section}
        {(a ?? b) && ((a ?? b) as Bar).calls.length > 1 && (
          <span className="soft">{` × ${((a ?? b) as Bar).calls.length}`}</span>
        )}
        <span className="small soft">{`${upstream} · ${call}`}</span>
      </th>
      <Cells bar={a} waterfall={{ ...comparison.a, ...scale }} />
      <Cells bar={b} waterfall={{ ...comparison.b, ...scale }} />
      <td className="number">
        {delta === undefined ? (a ? 'only in A' : 'only in B') : `${delta < 0 ? '−' : '+'}${span(Math.abs(delta))}`}
        {a && b && a.call.cache !== b.call.cache && (
          <span className="small soft">{`${a.call.cache} → ${b.call.cache}`}</span>
        )}
        {a && b && a.call.outcome !== b.call.outcome && (
          <span className="small wrong">{`${a.call.outcome} → ${b.call.outcome}`}</span>
        )}
      </td>
    </tr>
  );
}

function Cells({ bar, waterfall }: { bar: Bar | undefined; waterfall: Waterfall }) {
  return (
    <>
      <td className="number">
        {bar ? span(bar.end - bar.start) : '–'}
        {bar && <span className="small soft">{bar.call.cache}</span>}
      </td>
      <td className="compare-bar">
        {bar && <BarPicture bar={{ ...bar, timeout: undefined }} waterfall={waterfall} />}
      </td>
    </>
  );
}

function Differences({ differences, noticed }: Pick<Comparison, 'differences' | 'noticed'>) {
  if (noticed === false) return <p className="notice good">The same ETag: no client will notice.</p>;
  if (differences === undefined)
    return <p className="soft">Of one of them no answer is kept: it came from the cache, failed, or is too old.</p>;
  if (differences.length === 0) return <p className="notice good">The same, as far as it may be shown.</p>;
  return (
    <ScrollTable
      caption="Fields that differ"
      columns={[`${differences.length === 1 ? 'One field differs' : `${differences.length} fields differ`}`, 'A', 'B']}
    >
      {differences.slice(0, MAX_PAIRS).map(({ path, kind, before, after }) => (
        <tr key={path} data-kind={kind}>
          <th scope="row">
            <code>{path}</code>
            <span className="small soft">{kind}</span>
          </th>
          <td className="json-cell">{kind === 'added' ? '–' : <s>{JSON.stringify(before)}</s>}</td>
          <td className="json-cell">{kind === 'removed' ? '–' : JSON.stringify(after)}</td>
        </tr>
      ))}
    </ScrollTable>
  );
}

function Choose({
  query,
  missing,
}: {
  query: Readonly<Record<string, string>>;
  missing: { readonly a: boolean; readonly b: boolean };
}) {
  const gone = (['a', 'b'] as const).filter((side) => query[side] && missing[side]);
  return (
    <div className="inspect">
      <PanelHead title="Compare" live={false}>
        Two requests side by side: their calls, their bytes, what their clients got.
      </PanelHead>
      {gone.length > 0 && (
        <p className="notice">{`${gone.join(' and ').toUpperCase()} is not kept, or not any more.`}</p>
      )}
      <form className="form" action="/inspector/compare">
        {(['a', 'b'] as const).map((side) => (
          <div className="field" key={side}>
            <label htmlFor={`compare-${side}`}>{`Request id ${side.toUpperCase()}`}</label>
            <input id={`compare-${side}`} name={side} defaultValue={query[side] ?? ''} maxLength={64} required />
          </div>
        ))}
        <button className="button" type="submit">
          Compare
        </button>
      </form>
      <p>
        Or <a href="/inspector">choose them among the requests</a>.
      </p>
    </div>
  );
}
