import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { flat, type Query } from '#app/query.ts';
import { filtered, SHOWS, toShow } from '#inspector/requests/filter.ts';
import { readable } from '#inspector/requests/shown-target.ts';
import { findTrace, recentTraces } from '#kernel/telemetry/trace.ts';
import { counted } from '#operations/shape/ops/words.ts';
import { requireInspector } from './panels/allowed.ts';
import { FilterForm } from './panels/filter-form.tsx';
import { PanelHead } from './panels/panel-head.tsx';
import { ScrollTable } from './panels/scroll-table.tsx';
import { FirstRequest } from './requests/first-request.tsx';
import { pageOf, targetOf } from './requests/look.ts';
import { RequestRow } from './requests/row.tsx';

export const metadata: Metadata = { title: 'Requests · Inspector' };

/** Rows of one page; `all=1` shows all that are recorded. */
const ROWS = 100;
const COLUMNS = ['UTC', 'Request', 'Status', 'Time', 'Whole', 'Bytes', 'Cache', 'Upstreams', 'Compare'];

interface Props {
  readonly searchParams: Promise<Query>;
}

/** Requests as they come, the newest first. */
export default async function RequestsPage({ searchParams }: Props) {
  await requireInspector();
  const query = flat(await searchParams);
  const { q = '', a, all } = query;
  if (q !== '' && findTrace(q.trim())) redirect(pageOf(q.trim()));
  const show = toShow(query.show);
  const traces = recentTraces();
  const found = filtered(traces, q, show, targetOf);
  const rows = all === '1' ? found : found.slice(0, ROWS);
  const address = (change: Readonly<Record<string, string | undefined>>) => addressOf({ ...query, ...change });
  const pinned = a === undefined ? undefined : findTrace(a);
  return (
    <div className="inspect">
      <PanelHead title="Requests" live="as it comes">
        {traces.length === 0 ? 'Nothing was asked yet.' : headline(found.length, traces.length)}
      </PanelHead>
      <div className="request-tools">
        <FilterForm
          path="/inspector"
          value={q}
          label="Filter, or a request id"
          carried={{ show: query.show, a, all }}
        />
        <nav className="panel-tabs" aria-label="Which requests">
          {SHOWS.map((name) => (
            <a
              key={name}
              href={address({ show: name === 'all' ? undefined : name })}
              aria-current={name === show ? 'page' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
      </div>
      {pinned && (
        <p className="notice good">
          {`Choose what to hold beside ${readable(targetOf(pinned))}. `}
          <a href={address({ a: undefined })}>Never mind</a>
        </p>
      )}
      {rows.length > 0 ? (
        <ScrollTable caption="Requests, the newest first" columns={COLUMNS} kind="requests">
          {rows.map((trace) => (
            <RequestRow
              key={trace.id + trace.at}
              trace={trace}
              compare={
                pinned && pinned.id !== trace.id
                  ? {
                      href: `/inspector/compare?${new URLSearchParams({ a: pinned.id, b: trace.id })}`,
                      word: 'with this',
                    }
                  : { href: address({ a: trace.id }), word: 'compare' }
              }
            />
          ))}
        </ScrollTable>
      ) : traces.length === 0 ? (
        <FirstRequest />
      ) : (
        <div className="empty">
          <h2>No request fits</h2>
          <p>
            {`${counted(traces.length, 'request is', 'requests are')} kept. `}
            <a href="/inspector">Show all of them</a>
          </p>
        </div>
      )}
      {rows.length < found.length && (
        <p>
          <a href={address({ all: '1' })}>{`Show ${counted(found.length - rows.length, 'older one')} too`}</a>
        </p>
      )}
    </div>
  );
}

function headline(found: number, traces: number): string {
  const fits =
    found === traces
      ? `${counted(traces, 'request')}, the newest first`
      : `${found} of ${counted(traces, 'request')} fit`;
  return `${fits}. The last 512 of this process are kept.`;
}

function addressOf(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  return given.length === 0 ? '/inspector' : `/inspector?${new URLSearchParams(given)}`;
}
