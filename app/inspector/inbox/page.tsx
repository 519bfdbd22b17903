import type { Metadata } from 'next';
import { nextEngine } from '#app/engine.ts';
import { flat, type Query } from '#app/query.ts';
import { clockSeconds, span, times } from '#operations/shape/ops/words.ts';
import type { Stored } from '#services/webhooks/inbox/inbox.ts';
import { lastEnded } from '#services/webhooks/inbox/inbox-ends.ts';
import { counts, parked, waiting } from '#services/webhooks/inbox/inbox-views.ts';
import { requireInspector } from '../panels/allowed.ts';
import { Fact } from '../panels/fact.tsx';
import { PanelHead } from '../panels/panel-head.tsx';
import { ScrollTable } from '../panels/scroll-table.tsx';

export const metadata: Metadata = { title: 'Inbox · Inspector' };

const SHOWN = 50;

interface Props {
  readonly searchParams: Promise<Query>;
}

export default async function InboxPage({ searchParams }: Props) {
  await requireInspector();
  const { replayed } = flat(await searchParams);
  const { sessions: inbox } = nextEngine().runtime;
  const [{ waiting: waits, parked: parks }, queue, shelf] = await Promise.all([
    counts(inbox),
    waiting(inbox, SHOWN),
    parked(inbox, SHOWN),
  ]);
  const ended = lastEnded();
  return (
    <div className="inspect">
      <PanelHead title="Inbox">
        Webhooks that were taken in: kept first, then worked on, parked after too many failures.
      </PanelHead>
      {replayed !== undefined && (
        <p className="notice good" role="status">
          {replayed === 'none' ? 'It was not parked any more.' : 'It is tried anew, from its first attempt on.'}
        </p>
      )}
      <dl className="panel-facts">
        <Fact name="Waiting">{waits}</Fact>
        <Fact name="Parked">{parks}</Fact>
        <Fact name="Done here lately" note="the last fifty of this process">
          {ended.length}
        </Fact>
      </dl>
      {waits + parks + ended.length === 0 && (
        <div className="empty">
          <h2>Nothing has come in</h2>
          <p>Place an order in the shop: the mocks tell of its way by webhooks.</p>
          <a className="button" href="/">
            To the shop
          </a>
        </div>
      )}
      {shelf.length > 0 && (
        <section className="section">
          <h2>Parked</h2>
          <ScrollTable caption="Parked deliveries" columns={['Delivery', 'Received', 'Attempts', 'Why', 'Again']}>
            {shelf.map((one) => (
              <tr key={`${one.sender} ${one.id}`} data-row>
                <DeliveryCells delivery={one} />
                <td className="small">{one.reason ?? '–'}</td>
                <td>
                  <form method="post" action="/inspector/inbox/replay">
                    <input type="hidden" name="sender" value={one.sender} />
                    <button className="panel-button" type="submit" name="id" value={one.id}>
                      Replay<span className="visually-hidden">{` ${one.id}`}</span>
                    </button>
                  </form>
                </td>
              </tr>
            ))}
          </ScrollTable>
        </section>
      )}
      {queue.length > 0 && (
        <section className="section">
          <h2>Waiting</h2>
          <ScrollTable
            caption="Waiting deliveries, the next first"
            columns={['Delivery', 'Received', 'Attempts', 'Next', 'Failed with']}
          >
            {queue.map((one) => (
              <tr key={`${one.sender} ${one.id}`} data-row>
                <DeliveryCells delivery={one} />
                <td>{one.due <= inbox.now() ? 'now' : `in ${span(one.due - inbox.now())}`}</td>
                <td className="small">{one.reason ?? '–'}</td>
              </tr>
            ))}
          </ScrollTable>
        </section>
      )}
      {ended.length > 0 && (
        <section className="section">
          <h2>Done</h2>
          <ul className="panel-list">
            {ended.map(({ sender, id, type, outcome, at }) => (
              <li key={`${sender} ${id} ${at}`} data-row>
                <strong>{type}</strong>{' '}
                <span className="soft small">
                  {sender}/{id}, {clockSeconds(at)} UTC,{' '}
                  {outcome === 'applied' ? 'applied' : 'older than what was known: left out'}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function DeliveryCells({ delivery: { sender, id, type, receivedAt, attempts } }: { delivery: Stored }) {
  return (
    <>
      <th scope="row">
        {type} <span className="soft small">{`${sender}/${id}`}</span>
      </th>
      <td>{clockSeconds(receivedAt)} UTC</td>
      <td className="number">{attempts === 0 ? 'none' : times(attempts)}</td>
    </>
  );
}
