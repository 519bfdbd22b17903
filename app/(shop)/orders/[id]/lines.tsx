import { money } from '#app/money.ts';
import type { OrderView } from '#schemas/view/orders/order.ts';

/** The order's lines, at the prices of that day. */
export function Lines({ lines }: Pick<OrderView, 'lines'>) {
  return (
    <ul className="rows">
      {lines.map(({ product, title, quantity, each }, index) => (
        <li key={index} className="order-line">
          <a href={`/products/${product}`}>{title}</a>
          <span className="soft small">
            {quantity} × {money(each)}
          </span>
          <strong className="order-total">{money({ ...each, minor: each.minor * quantity })}</strong>
        </li>
      ))}
    </ul>
  );
}
