import type { z } from 'zod';
import type { ExportView } from '#schemas/view/orders/export.ts';

const STAGES: Readonly<Record<string, string>> = {
  listing: 'Looking up your orders',
  reading: 'Writing them down',
  done: 'Your file is ready',
  failed: 'That did not work. Please begin again.',
  cancelled: 'Cancelled',
};

/** How far an export has come. */
export function Progress({ view: { stage, percent, orders, file } }: { readonly view: z.output<typeof ExportView> }) {
  return (
    <div className="stack">
      <p role="status">{STAGES[stage] ?? stage}</p>
      <progress aria-label="How far it has come" max={100} value={percent}>{`${percent} %`}</progress>
      {orders > 0 && <p className="soft small">{`${orders} orders`}</p>}
      {file && (
        <a className="button" href={file} download>
          Get the file
        </a>
      )}
    </div>
  );
}
