import type { Metadata } from 'next';
import { nextEngine } from '#app/engine.ts';
import { flat, type Query } from '#app/query.ts';
import { matching, tagCounts } from '#inspector/cache-summary.ts';
import { cachedAnswers } from '#inspector/cached-answers.ts';
import { cachedCalls } from '#inspector/cached-calls.ts';
import { laneQuery } from '#inspector/lanes.ts';
import { shownCall, shownInput } from '#inspector/requests/shown-target.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import type { TagTable } from '#kernel/cache/tags.ts';
import { answerHits } from '#kernel/telemetry/answered.ts';
import { callHits, sourceTotals } from '#kernel/upstream/lane/sources.ts';
import { counted, percent, size, span } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../panels/allowed.ts';
import { Fact } from '../panels/fact.tsx';
import { FilterForm } from '../panels/filter-form.tsx';
import { LaneLinks } from '../panels/lane-links.tsx';
import { lanesHere } from '../panels/lanes-here.ts';
import { PanelHead } from '../panels/panel-head.tsx';
import { ScrollTable } from '../panels/scroll-table.tsx';
import { isExposed } from '../requests/look.ts';
import { PurgeForm } from './purge-form.tsx';

export const metadata: Metadata = { title: 'Cache · Inspector' };

const TAGS_SHOWN = 12;
const SHOWN = 25;
const FIRST_TAGS = 4;
/** Milliseconds for which a purge is reported. */
const NEWS = 60_000;

interface Props {
  readonly searchParams: Promise<Query>;
}

export default async function CachePage({ searchParams }: Props) {
  await requireInspector();
  const query = flat(await searchParams);
  const { q = '' } = query;
  const { lanes, shown } = await lanesHere(query.lane);
  const engine = nextEngine();
  const { responses, deps } = engine;
  const now = performance.now();
  const exposed = isExposed();
  const calls = cachedCalls(shown, deps.tags, now).map((one) => ({ ...one, call: shownCall(one.call, exposed) }));
  const composed = shown.name === MAIN_LANE ? cachedAnswers(engine, now) : [];
  const answers = composed.map((one) => ({ ...one, input: shownInput(one.input, exposed) }));
  const sources = [...shown.upstreams.values()].map((upstream) => upstream.sources);
  const ratios = { calls: callHits(sourceTotals(sources, now)), answers: answerHits(now) };
  const tags = tagCounts(calls, answers);
  const foundTags = tags.filter(({ tag }) => tag.toLowerCase().includes(q.trim().toLowerCase()));
  const foundCalls = matching(calls, q, ({ upstream, call }) => `${upstream} ${call}`);
  const foundAnswers = matching(answers, q, ({ operation, input }) => `${operation} ${input}`);
  const back = `/inspector/cache?${laneQuery(shown.name)}${q && `&q=${encodeURIComponent(q)}`}`;
  return (
    <div className="inspect">
      <PanelHead title="Cache">What is cached, until when, and how to make it old.</PanelHead>
      <LaneLinks path="/inspector/cache" shown={shown.name} lanes={lanes} />
      <Purged purged={query.purged} table={deps.tags} now={now} />
      <dl className="panel-facts">
        <Fact name="Calls" note={`${size(shown.calls.calculatedSize)} of ${size(shown.calls.maxSize)}`}>
          {counted(calls.length, 'value')}
        </Fact>
        <Fact name="Hit ratio of calls" note={`${ratios.calls.hits} of ${ratios.calls.of} in 15 min`}>
          {percent(ratios.calls.hits, ratios.calls.of)}
        </Fact>
        {shown.name === MAIN_LANE && (
          <>
            <Fact name="Answers" note={`${size(responses.calculatedSize)} of ${size(responses.maxSize)}`}>
              {counted(answers.length, 'answer')}
            </Fact>
            <Fact name="Hit ratio of answers" note={`${ratios.answers.hits} of ${ratios.answers.of} in 15 min`}>
              {percent(ratios.answers.hits, ratios.answers.of)}
            </Fact>
          </>
        )}
        <Fact name="Purges" note="since the start">
          {deps.tags.sequence}
        </Fact>
      </dl>
      {calls.length + answers.length === 0 ? (
        <div className="empty">
          <h2>Nothing is kept yet</h2>
          <p>Open a page of the shop{shown.name === MAIN_LANE ? '' : ' under this scenario'}, and come back.</p>
          <a className="button" href="/">
            To the shop
          </a>
        </div>
      ) : (
        <>
          <FilterForm
            path="/inspector/cache"
            value={q}
            label="Tag, call or input"
            carried={{ lane: query.lane, live: query.live }}
          />
          <section className="section">
            <h2>Tags</h2>
            <ScrollTable caption="Tags, that on which most hangs first" columns={['Tag', 'Calls', 'Answers', 'Purge']}>
              {foundTags.slice(0, TAGS_SHOWN).map(({ tag, calls: of, answers: and }) => (
                <tr key={tag} data-row>
                  <th scope="row">
                    <code>{tag}</code>
                  </th>
                  <td className="number">{of || '–'}</td>
                  <td className="number">{and || '–'}</td>
                  <td>
                    <a className="panel-button" href={`${back}&tag=${encodeURIComponent(tag)}#purge`}>
                      Purge<span className="visually-hidden">{` ${tag}`}</span>
                    </a>
                  </td>
                </tr>
              ))}
            </ScrollTable>
            <More shown={TAGS_SHOWN} of={foundTags.length} />
          </section>
          <section className="section">
            <h2>Calls</h2>
            <ScrollTable
              caption="Values of calls, the one used last first"
              columns={['Call', 'State', 'Age', 'Bytes', 'Tags']}
            >
              {foundCalls
                .slice(0, SHOWN)
                .map(({ upstream, call, state, age, left, bytes, tags: valueTags, missing, personal }, index) => (
                  <tr key={`${upstream} ${call} ${index}`} data-row>
                    <th scope="row">
                      <a href={`/inspector/upstreams/${upstream}`}>{upstream}</a> {call}
                      {missing && <span className="panel-chip">not there</span>}
                      {personal && <span className="panel-chip">personal</span>}
                    </th>
                    <td className="panel-state">
                      <State state={state} left={left} />
                    </td>
                    <td className="number">{span(age)}</td>
                    <td className="number">{size(bytes)}</td>
                    <td className="small">{valueTags.join(', ') || 'none: only time makes it old'}</td>
                  </tr>
                ))}
            </ScrollTable>
            <More shown={SHOWN} of={foundCalls.length} />
          </section>
          {answers.length > 0 && (
            <section className="section">
              <h2>Answers</h2>
              <ScrollTable
                caption="Composed answers, the one used last first"
                columns={['Operation', 'State', 'Hits', 'Bytes', 'Tags']}
              >
                {foundAnswers
                  .slice(0, SHOWN)
                  .map(({ operation, input, state, left, hits, bytes, codings, tags: valueTags }, index) => (
                    <tr key={`${operation} ${input} ${index}`} data-row>
                      <th scope="row">
                        <a href={`/inspector/endpoints/${operation}`}>{operation}</a> <code>{input}</code>
                      </th>
                      <td className="panel-state">
                        <State state={state} left={left} />
                      </td>
                      <td className="number">{hits}</td>
                      <td className="number">
                        {size(bytes)} <span className="soft small">{codings.join(', ') || 'not coded yet'}</span>
                      </td>
                      <td className="small panel-wide">
                        {valueTags.slice(0, FIRST_TAGS).join(', ')}
                        {valueTags.length > FIRST_TAGS && ` and ${valueTags.length - FIRST_TAGS} more`}
                      </td>
                    </tr>
                  ))}
              </ScrollTable>
              <More shown={SHOWN} of={foundAnswers.length} />
            </section>
          )}
        </>
      )}
      <PurgeForm tag={query.tag || undefined} refused={query.refused !== undefined} back={back} />
    </div>
  );
}

const STATES = {
  fresh: 'served',
  stale: 'served while it is fetched again',
  'stale-if-error': 'only if its upstream fails',
  dead: 'never served again',
  old: 'composed anew when it is asked for',
} as const;

function State({ state, left }: { state: keyof typeof STATES; left: number }) {
  return (
    <>
      <span className="cached" data-state={state}>
        {state}
      </span>{' '}
      <span className="soft small">{state === 'fresh' ? `for ${span(left)}` : STATES[state]}</span>
    </>
  );
}

function More({ shown, of }: { shown: number; of: number }) {
  if (of === 0) return <p className="soft small">Nothing here is called so.</p>;
  return of > shown ? <p className="soft small">{`And ${of - shown} more: filter for them.`}</p> : null;
}

/** Reports a purge that was asked for here, if there was one. */
function Purged({ purged, table, now }: { purged: string | undefined; table: TagTable; now: number }) {
  if (purged === undefined) return null;
  const at = table.purges.get(purged)?.at;
  const done = purged === 'everything' ? table.purges.size === 0 : at !== undefined && now - at < NEWS;
  if (!done) return null;
  return (
    <p className="notice good" role="status">
      <strong>{purged}</strong> is purged: who asks next gets it from its upstreams. What is old stands in only where
      they fail.
    </p>
  );
}
