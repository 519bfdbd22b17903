import type { Metadata } from 'next';
import { type DriftRow, driftRows, harmSentence, sentence, ticket } from '#inspector/drifts.ts';
import { laneName } from '#inspector/lanes.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { allLanes } from '#kernel/upstream/lane/state.ts';
import { clock, clockSeconds, counted, times } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../panels/allowed.ts';
import { CopyButton } from '../panels/copy-button.tsx';
import { PanelHead } from '../panels/panel-head.tsx';

export const metadata: Metadata = { title: 'Contracts · Inspector' };

const SHOWN = 100;

export default async function ContractsPage() {
  await requireInspector();
  const lanes = allLanes();
  const { broken, unknown } = driftRows(lanes, recentTraces());
  return (
    <div className="inspect">
      <PanelHead title="Contracts">
        Where upstreams answer otherwise than the schemas that we hold for them, in each lane by itself.
      </PanelHead>
      {broken.length + unknown.length === 0 && (
        <div className="empty">
          <h2>Every answer so far fits its schema</h2>
          <p>
            To see what drift looks like, play <code>pricing=drifted</code> and look at a product.
          </p>
          <a className="button" href="/inspector/scenario">
            Choose a scenario
          </a>
        </div>
      )}
      {broken.length > 0 && (
        <section className="section">
          <h2>{counted(broken.length, 'broken field')}</h2>
          <ul className="drifts">
            {broken.slice(0, SHOWN).map((row) => (
              <Drifted key={keyOf(row)} row={row} />
            ))}
          </ul>
        </section>
      )}
      {unknown.length > 0 && (
        <section className="section">
          <h2>{counted(unknown.length, 'field')} that we do not read</h2>
          <p className="soft">They are cut off, and do no harm: perhaps there is something new to offer.</p>
          <ul className="panel-list">
            {unknown.slice(0, SHOWN).map(({ lane, drift }) => (
              <li key={keyOf({ lane, drift })} data-row>
                <strong>{drift.upstream}</strong> <code>{drift.path}</code>{' '}
                <span className="soft small">
                  {drift.actual} {drift.sample}, {times(drift.count)} in {drift.call}, since {clock(drift.first)} UTC
                  {lane && `, under ${lane}`}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

const keyOf = ({ lane, drift: { upstream, call, path, expected, actual } }: Pick<DriftRow, 'lane' | 'drift'>) =>
  [lane, upstream, call, path, expected, actual].join(' ');

function Drifted({ row }: { row: DriftRow }) {
  const { lane, drift, harm } = row;
  return (
    <li className="drift" data-row>
      <p className="drift-head">
        <a href={`/inspector/upstreams/${drift.upstream}`}>{drift.upstream}</a>{' '}
        <span className="panel-chip" data-lane={lane !== ''}>
          {laneName(lane)}
        </span>{' '}
        <span className="soft small">{drift.call}</span>
      </p>
      <h3>{sentence(drift)}</h3>
      <dl className="drift-facts small">
        <div>
          <dt>Seen last</dt>
          <dd>{clockSeconds(drift.last)} UTC</dd>
        </div>
        {drift.sample && (
          <div>
            <dt>Looks like</dt>
            <dd>
              <code>{drift.sample}</code> <span className="soft">letters are x, digits 9</span>
            </dd>
          </div>
        )}
        <div>
          <dt>What it broke</dt>
          <dd>
            {harm.length === 0 ? (
              <span className="soft">no answer that is still among the traces</span>
            ) : (
              <ul>
                {harm.map((one) => (
                  <li key={`${one.operation} ${one.section} ${one.how}`}>
                    <a href={`/inspector/requests/${encodeURIComponent(one.trace)}`}>{harmSentence(one)}</a>
                  </li>
                ))}
              </ul>
            )}
          </dd>
        </div>
      </dl>
      <details>
        <summary>A ticket for the team that owns it</summary>
        <div className="panel-code">
          <CopyButton text={ticket(row)}>Copy a ticket</CopyButton>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1). */}
          <pre tabIndex={0}>{ticket(row)}</pre>
        </div>
      </details>
    </li>
  );
}
