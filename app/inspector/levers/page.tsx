import type { Metadata } from 'next';
import { nextEngine } from '#app/engine.ts';
import { flat, lookUp, type Query } from '#app/query.ts';
import { aimWords, doneOf, untilWords } from '#inspector/levers/override-words.ts';
import { REFUSALS, sheddable } from '#inspector/levers/read-form.ts';
import { lastOverrideEvents, type OverrideEvent } from '#kernel/state/override-log.ts';
import { activeOverrides } from '#kernel/state/overrides.ts';
import { isStateError, type State } from '#kernel/state/state.ts';
import { requireInspector } from '../panels/allowed.ts';
import { PanelHead } from '../panels/panel-head.tsx';
import { ScrollTable } from '../panels/scroll-table.tsx';
import { OverrideForm } from './override-form.tsx';
import { RemoveForm } from './release-form.tsx';

export const metadata: Metadata = { title: 'Overrides · Inspector' };

const SHOWN = 50;
const DONE: Readonly<Record<string, string>> = {
  pulled: 'It is set, here and in every process that shares our store.',
  released: 'It is removed, and all is as it was.',
  ended: 'It had ended already.',
};

interface Props {
  readonly searchParams: Promise<Query>;
}

/** What an operator can do at once, for a time that they choose. */
export default async function OverridesPage({ searchParams }: Props) {
  await requireInspector();
  const query = flat(await searchParams);
  const { runtime, operations, deps } = nextEngine();
  const now = Date.now();
  const active = activeOverrides(deps.overrides, now);
  const history = await eventsIn(runtime.sessions.state);
  const upstreams = Object.keys(runtime.upstreams).sort();
  const refusal = lookUp(REFUSALS, query.refused);
  const done = lookUp(DONE, query.done);
  return (
    <div className="inspect">
      <PanelHead title="Overrides" live={false}>
        What can be done at once, and ends by itself. Scenarios are played as they are, whatever is set.
      </PanelHead>
      {refusal !== undefined && (
        <p className="notice" role="alert">
          {refusal}
        </p>
      )}
      {done !== undefined && (
        <p className="notice good" role="status">
          {done}
        </p>
      )}
      <section className="section">
        <h2>Active now</h2>
        {active.length === 0 ? (
          <p className="soft">Nothing. Answers are as their upstreams and policies make them.</p>
        ) : (
          <ScrollTable caption="Active overrides" columns={['Override', 'Until', 'Who', 'Why', 'End it']}>
            {active.map((override) => (
              <tr key={override.id} data-row>
                <th scope="row">{aimWords(override)}</th>
                <td>{untilWords(override, now)}</td>
                <td>{override.who}</td>
                <td>{override.why}</td>
                <td>
                  <RemoveForm override={override} />
                </td>
              </tr>
            ))}
          </ScrollTable>
        )}
      </section>
      <section className="section" id="pull">
        <h2>Set one</h2>
        <div className="panel-list">
          <OverrideForm
            kind="stale"
            title="Serve stale for longer"
            about="While the upstream fails, its old values stand in, and answers say that they are old."
            label="Upstream"
            aims={upstreams}
            typed={query}
          />
          <OverrideForm
            kind="open"
            title="Hold a breaker open"
            about="Nothing is sent to the upstream. Fresh cached values are served; all else falls back at once."
            label="Upstream"
            aims={upstreams}
            typed={query}
          />
          <OverrideForm
            kind="shed"
            title="Shed a part"
            about="Its calls are not made, even if an answer is cached; answers say that it is left out."
            label="Operation and part"
            aims={sheddable(operations)}
            typed={query}
          />
          <p className="lever">
            <a href="/inspector/cache#purge">
              <strong>Purge a tag or an upstream</strong>
            </a>{' '}
            <span className="soft small">
              On the cache’s screen: it is done at once, and there is nothing to release.
            </span>
          </p>
        </div>
      </section>
      <section className="section">
        <h2>What was done</h2>
        <History events={history} />
      </section>
    </div>
  );
}

/** Undefined where our store can't be reached. */
async function eventsIn(state: State): Promise<OverrideEvent[] | undefined> {
  try {
    return await lastOverrideEvents(state, SHOWN);
  } catch (thrown) {
    if (isStateError(thrown)) return undefined;
    throw thrown;
  }
}

function History({ events }: { events: readonly OverrideEvent[] | undefined }) {
  if (events === undefined) {
    return <p className="notice">Our store can’t be reached: active overrides stay here until they end.</p>;
  }
  if (events.length === 0) return <p className="soft">No override has been set yet.</p>;
  return (
    <ScrollTable caption="What was done, the last first" columns={['When', 'What', 'Who', 'Why']}>
      {events.map(doneOf).map(({ at, what, who, why }, index) => (
        <tr key={`${at} ${what} ${index}`} data-row>
          <td className="number">{new Date(at).toISOString().replace('T', ' ').slice(0, 19)}</td>
          <th scope="row">{what}</th>
          <td>{who}</td>
          <td>{why}</td>
        </tr>
      ))}
    </ScrollTable>
  );
}
