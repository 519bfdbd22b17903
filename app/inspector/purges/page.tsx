import type { Metadata } from 'next';
import { nextEngine } from '#app/engine.ts';
import { type CdnHop, type InstanceHop, lastReceipts, type PurgeReceipt } from '#kernel/cache/receipts/receipts.ts';
import { clockSeconds, counted, span } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../panels/allowed.ts';
import { PanelHead } from '../panels/panel-head.tsx';
import { ScrollTable } from '../panels/scroll-table.tsx';

export const metadata: Metadata = { title: 'Purges · Inspector' };

const SHOWN = 50;
const FIRST_TAGS = 4;

export default async function PurgesPage() {
  await requireInspector();
  const receipts = await lastReceipts(nextEngine().runtime.sessions.state, SHOWN);
  return (
    <div className="inspect">
      <PanelHead title="Purges">What was made old, by whom, and when each hop had it.</PanelHead>
      {receipts.length === 0 ? (
        <div className="empty">
          <h2>Nothing was purged yet</h2>
          <p>Write a review in the shop, or purge a tag of the cache.</p>
          <a className="button" href="/inspector/cache">
            To the cache
          </a>
        </div>
      ) : (
        <ScrollTable
          caption="The last purges, the newest first"
          columns={['Purge', 'Tags', 'In the log', 'Instances', 'CDN', 'Watchers told']}
        >
          {receipts.map((receipt) => (
            <Receipt key={receipt.id} receipt={receipt} />
          ))}
        </ScrollTable>
      )}
    </div>
  );
}

function Receipt({ receipt: { id, tags, by, receivedAt, loggedAt, instances, cdn } }: { receipt: PurgeReceipt }) {
  const since = receivedAt ?? loggedAt;
  return (
    <tr data-row>
      <th scope="row">
        <code>{`purge:${id}`}</code> <span className="soft small">{by}</span>
      </th>
      <td className="small panel-wide">
        {tags?.slice(0, FIRST_TAGS).join(', ') ?? 'everything'}
        {tags !== undefined && tags.length > FIRST_TAGS && ` and ${tags.length - FIRST_TAGS} more`}
      </td>
      <td>
        {loggedAt === undefined ? '–' : `${clockSeconds(loggedAt)} UTC`}
        {receivedAt !== undefined && <span className="soft small">{` ${after(loggedAt, since)} its webhook`}</span>}
      </td>
      <td className="small">
        {instances.map((hop) => (
          <div
            key={hop.instance}
          >{`${hop.instance} ${after(hop.at, since)}${hop.tier ? ', shared cache too' : ''}`}</div>
        ))}
      </td>
      <td className="small">
        {cdn.length === 0 ? '–' : cdn.map((hop) => <div key={String(hop.again)}>{cdnWords(hop, since)}</div>)}
      </td>
      <td className="small">{toldWords(instances, since)}</td>
    </tr>
  );
}

/** Clocks of two machines differ: what came before its cause came at once. */
const after = (at: number | undefined, since: number | undefined) =>
  at === undefined || since === undefined ? '' : `${span(Math.max(0, at - since))} after`;

const cdnWords = ({ cdn, at, again }: CdnHop, since: number | undefined) =>
  `${cdn}${again ? ' again' : ''} ${after(at, since)}`;

function toldWords(instances: readonly InstanceHop[], since: number | undefined): string {
  const told = instances.reduce((sum, hop) => sum + hop.told, 0);
  if (told === 0) return 'nobody watched';
  const last = Math.max(...instances.map((hop) => hop.last ?? 0));
  return `${counted(told, 'watcher')}, the last ${after(last, since)}`;
}
