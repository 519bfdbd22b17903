import type { Metadata } from 'next';
import { nextEngine } from '#app/engine.ts';
import { laneName } from '#inspector/lanes.ts';
import { watchedReads } from '#inspector/watched.ts';
import { describeLiveKey } from '#kernel/http/live/live-refresh.ts';
import { cutStreams } from '#kernel/realtime/event-stream.ts';
import { hubOf } from '#kernel/realtime/hub.ts';
import { liveReads } from '#kernel/realtime/live-reads.ts';
import { clockSeconds, counted, size } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../panels/allowed.ts';
import { Fact } from '../panels/fact.tsx';
import { PanelHead } from '../panels/panel-head.tsx';
import { ScrollTable } from '../panels/scroll-table.tsx';

export const metadata: Metadata = { title: 'Streams · Inspector' };

export default async function StreamsPage() {
  await requireInspector();
  const { runtime, deps } = nextEngine();
  const hub = hubOf(runtime.sessions.state);
  const { streams } = hub;
  const queues = streams.queues();
  const behind = queues.filter((queued) => queued > 0);
  const topics = [...hub.listeners()].sort(([, a], [, b]) => b.listening - a.listening);
  const reads = watchedReads(liveReads(deps.tags).watched(), describeLiveKey);
  const cuts = cutStreams();
  return (
    <div className="inspect">
      <PanelHead title="Streams">One stream a tab, for all that it listens to and watches; in this process.</PanelHead>
      <dl className="panel-facts">
        <Fact name="Open" note={`${streams.owned} of signed-in users`}>
          {streams.size}
        </Fact>
        <Fact
          name="Queued"
          note={
            behind.length === 0
              ? 'no subscription is behind'
              : `${counted(behind.length, 'reader')} behind, the slowest ${size(queues[0] ?? 0)}`
          }
        >
          {size(queues.reduce((sum, queued) => sum + queued, 0))}
        </Fact>
        <Fact
          name="Cut readers"
          note={cuts.last === undefined ? 'none since the start' : `last ${clockSeconds(cuts.last)} UTC`}
        >
          {cuts.count}
        </Fact>
        <Fact name="Draining" note="whether new ones are sent elsewhere">
          {streams.draining ? 'yes' : 'no'}
        </Fact>
      </dl>
      {streams.size === 0 && (
        <div className="empty">
          <h2>Topics without listeners</h2>
          <p>Open a product or an order in another tab: its price and its state come over a stream.</p>
          <a className="button" href="/products/p-000042">
            To a product
          </a>
        </div>
      )}
      {topics.length > 0 && (
        <section className="section">
          <h2>Topics</h2>
          <ScrollTable
            caption="Topics with listeners"
            columns={['Topic', 'Listeners', 'Channels', 'Reading what they missed']}
          >
            {topics.map(([name, { listening, channels, behind: catchingUp }]) => (
              <tr key={name} data-row>
                <th scope="row">{name}</th>
                <td className="number">{listening}</td>
                <td className="number">{channels}</td>
                <td className="number">{catchingUp || '–'}</td>
              </tr>
            ))}
          </ScrollTable>
        </section>
      )}
      {reads.length > 0 && (
        <section className="section">
          <h2>Watched reads</h2>
          <ScrollTable
            caption="Reads that are composed anew when they change"
            columns={['Operation', 'Lane', 'Different reads', 'Watchers']}
          >
            {reads.map(({ operation, lane, reads: different, watchers }) => (
              <tr key={`${operation} ${lane}`} data-row>
                <th scope="row">
                  <a href={`/inspector/endpoints/${operation}`}>{operation}</a>
                </th>
                <td>{laneName(lane)}</td>
                <td className="number">{different}</td>
                <td className="number">{watchers}</td>
              </tr>
            ))}
          </ScrollTable>
        </section>
      )}
    </div>
  );
}
