import { Notice } from '#app/components/states/notice.tsx';
import { moment } from '#app/dates.ts';
import type { ViewWithMeta } from '#kernel/http/pages/page.ts';
import type { OrderView } from '#schemas/view/orders/order.ts';

/** Where the parcel has been, newest first; before it is sent there is nothing to say. */
export function Tracking({ view: { tracking, meta } }: { view: ViewWithMeta<OrderView> }) {
  if (tracking === undefined) return <Notice meta={meta} section="tracking" what="Where your parcel is" />;
  return (
    <section className="section" aria-labelledby="tracking">
      <h2 id="tracking">Where it is</h2>
      <p className="soft">With {tracking.carrier}</p>
      {tracking.events.length === 0 && <p className="soft">The carrier has not said anything yet.</p>}
      <ol className="events">
        {tracking.events.toReversed().map(({ at, place: index, text }) => (
          <li key={at}>
            <strong>{text}</strong>
            <span className="soft small">
              {index}, <time dateTime={at}>{moment(at)}</time>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
