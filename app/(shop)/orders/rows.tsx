import { day } from '#app/dates.ts';
import { money } from '#app/money.ts';
import type { OrderSummary } from '#schemas/view/orders/order.ts';
import { STATES } from './states.ts';

/** Orders in a list, newest first. */
export function OrderRows({ orders }: { orders: readonly OrderSummary[] }) {
  return (
    <ul className="rows">
      {orders.map(({ id, placedAt, state, total, pieces }) => (
        <li key={id} className="order-row">
          <a className="row-link" href={`/orders/${id}`}>
            Order {id}
          </a>
          <span className="soft small">
            <time dateTime={placedAt}>{day(placedAt)}</time>, {pieces === 1 ? '1 piece' : `${pieces} pieces`}
          </span>
          <span className="state" data-state={state}>
            {STATES[state] ?? state}
          </span>
          <strong className="order-total">{money(total)}</strong>
        </li>
      ))}
    </ul>
  );
}
