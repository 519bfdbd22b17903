import type { Order } from '#schemas/upstream/orders.ts';
import type { ExportView } from '#schemas/view/orders/export.ts';
import type { Export } from '#services/exports.ts';
import { amountOf } from './money.ts';

/** The share of listing in all of the work, in percent. */
const LISTING = 10;

export const HEAD = 'order,placed at,state,product,title,quantity,each,currency\r\n';

/** One row a line of an order (RFC 4180). */
export function toRows(orders: readonly Order[]): string {
  const rows = orders.flatMap(({ orderId, placedAt, status, currencyCode, lines }) =>
    lines.map(({ productId, title, quantity, unitAmountMinor }) =>
      [
        orderId,
        placedAt,
        status,
        productId,
        title,
        String(quantity),
        amountOf({ minor: unitAmountMinor, currency: currencyCode }),
        currencyCode,
      ]
        .map(cell)
        .join(','),
    ),
  );
  return rows.map((row) => `${row}\r\n`).join('');
}

/** What a spreadsheet would take for a formula is text (OWASP, CSV injection): in full width as well. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toExport({ id, stage, orders, read, failure }: Export): ExportView {
  const reading = LISTING + (100 - LISTING) * (read / orders);
  const percent = stage === 'done' ? 100 : stage === 'listing' || orders === 0 ? 0 : Math.floor(reading);
  return {
    id,
    stage,
    percent,
    orders,
    ...(stage === 'done' && { file: `/api/exports/${id}/file` }),
    ...(failure && { failure }),
  };
}
