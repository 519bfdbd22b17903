import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { nextEngine } from '#app/engine.ts';
import { flat, type Query } from '#app/query.ts';
import { plainLines } from '#inspector/json/json-lines.ts';
import { completenessOf } from '#inspector/requests/completeness.ts';
import { curlOf } from '#inspector/requests/curl.ts';
import { incidentOf } from '#inspector/requests/incident.ts';
import { bytesInOf } from '#inspector/requests/payload.ts';
import { readable } from '#inspector/requests/shown-target.ts';
import { TAB_NAMES, TABS, type Tab, toTab } from '#inspector/requests/tabs.ts';
import { verdictOf } from '#inspector/requests/verdict.ts';
import { type Waterfall, waterfallOf } from '#inspector/requests/waterfall.ts';
import { findTrace, type RequestTrace } from '#kernel/telemetry/trace.ts';
import { counted, size, span } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../../panels/allowed.ts';
import { CopyButton } from '../../panels/copy-button.tsx';
import { Fact } from '../../panels/fact.tsx';
import { CompareWith } from '../compare-with.tsx';
import { HeadersTab } from '../headers-tab.tsx';
import { JsonView } from '../json-view.tsx';
import { LogsTab } from '../logs-tab.tsx';
import { mayReplay, operationOf, pageOf, targetOf } from '../look.ts';
import { CacheMark, Method, Status } from '../marks.tsx';
import { PayloadTab } from '../payload-tab.tsx';
import { ReplayForm } from '../replay-form.tsx';
import { Ring } from '../ring.tsx';
import { Timeline } from '../timeline.tsx';
import { VerdictView } from '../verdict-view.tsx';

export const metadata: Metadata = { title: 'Request · Inspector' };

interface Props {
  readonly params: Promise<{ readonly id: string }>;
  readonly searchParams: Promise<Query>;
}

/** One request: what bounds it, and everything that is recorded of it. */
export default async function RequestPage({ params, searchParams }: Props) {
  await requireInspector();
  const { id } = await params;
  const query = flat(await searchParams);
  const trace = findTrace(decodeURIComponent(id));
  if (trace === undefined) notFound();
  const operation = operationOf(trace);
  const { publicUrl } = nextEngine().runtime;
  const tab = toTab(query.tab);
  const target = targetOf(trace);
  const waterfall = waterfallOf(trace);
  const verdict = verdictOf(trace, { parts: operation?.contract.parts ?? [] });
  const curl = curlOf(trace, target, operation, publicUrl);
  const link = `${publicUrl}${pageOf(trace.id)}`;
  const incident = incidentOf({ trace, verdict, waterfall, target, link });
  const at = (more: Readonly<Record<string, string>>) => `${pageOf(trace.id)}?${new URLSearchParams(more)}`;
  return (
    <div className="inspect">
      <header className="panel-head">
        <div>
          <p className="small">
            <a href="/inspector">Requests</a>
          </p>
          <h1>
            <Method method={trace.method} /> {readable(target)}
          </h1>
          <p className="soft small">
            {`${trace.operation || 'no operation'} · ${new Date(trace.at).toISOString().replace('T', ' ').slice(0, 19)} UTC · `}
            <code>{trace.id}</code>
            {trace.lane !== '' && (
              <span className="panel-chip" data-lane="true">
                {trace.lane}
              </span>
            )}
          </p>
        </div>
        <div className="request-actions">
          <ReplayForm trace={trace} />
          <CopyButton text={curl} at="c">
            Copy as curl
          </CopyButton>
          <CopyButton text={incident}>Copy incident</CopyButton>
          <a className="panel-button" href={`${pageOf(trace.id)}/trace.json`} download>
            Download
          </a>
        </div>
      </header>
      <VerdictView verdict={verdict} />
      <Facts trace={trace} />
      <nav className="request-tabs" aria-label="Of this request">
        {TABS.map((name) => (
          <a key={name} href={at({ tab: name })} aria-current={name === tab ? 'page' : undefined}>
            {TAB_NAMES[name]}
          </a>
        ))}
      </nav>
      <Shown
        tab={tab}
        trace={trace}
        waterfall={waterfall}
        at={at}
        query={query}
        target={target}
        curl={curl}
        incident={incident}
      />
    </div>
  );
}

function Facts({ trace }: { trace: RequestTrace }) {
  const { status, problem, duration, calls, cache, bytesOut, deadline } = trace;
  const upstreams = new Set(calls.map(({ upstream }) => upstream));
  return (
    <dl className="panel-facts request-facts">
      <Fact name="Status" note={problem ?? undefined}>
        <Status status={status} problem={problem} />
      </Fact>
      <Fact name="Time" note={deadline > 0 ? `of ${span(deadline)} at most` : undefined}>
        {span(duration)}
      </Fact>
      <Fact name="Whole">
        <Ring completeness={completenessOf(trace)} />
      </Fact>
      <Fact name="Cache">
        <CacheMark cache={cache} />
      </Fact>
      <Fact name="Upstreams" note={counted(calls.length, 'call')}>
        {upstreams.size}
      </Fact>
      <Fact name="Bytes" note="in → out">
        {`${size(bytesInOf(calls))} → ${size(bytesOut)}`}
      </Fact>
    </dl>
  );
}

interface ShownProps {
  readonly tab: Tab;
  readonly trace: RequestTrace;
  readonly waterfall: Waterfall;
  readonly at: (more: Readonly<Record<string, string>>) => string;
  readonly query: Readonly<Record<string, string>>;
  readonly target: string;
  readonly curl: string;
  readonly incident: string;
}

function Shown({ tab, trace, waterfall, at, query, target, curl, incident }: ShownProps) {
  const call = /^\d{1,4}$/.test(query.call ?? '') ? Number(query.call) : undefined;
  const all = query.items === 'all';
  const asked = { tab: 'payload', ...(call === undefined ? {} : { call: String(call) }) };
  switch (tab) {
    case 'timeline':
      return (
        <Timeline
          trace={trace}
          waterfall={waterfall}
          payload={(index) => `${at({ tab: 'payload', call: String(index) })}#call-${index}`}
        />
      );
    case 'payload':
      return (
        <PayloadTab
          trace={composerOf(trace)}
          call={call}
          all={all}
          other={at(all ? asked : { ...asked, items: 'all' })}
        />
      );
    case 'headers':
      return <HeadersTab trace={trace} />;
    case 'logs':
      return <LogsTab trace={trace} target={target} />;
    case 'curl':
      return (
        <div className="panel-list">
          <p className="soft">Secrets are left out: fill in the variables yourself.</p>
          <JsonView lines={plainLines(curl)} label="The curl command" />
          <h2>As an incident</h2>
          <JsonView lines={plainLines(incident)} label="The incident, in Markdown" />
        </div>
      );
    case 'replay':
      return (
        <div className="panel-list">
          <p>
            {mayReplay(trace)
              ? 'Sends the same GET again, as you and under the same scenario, and leads to the new request.'
              : 'Only a GET or HEAD that changes nothing is sent again, and only your own.'}
          </p>
          <ReplayForm trace={trace} />
        </div>
      );
    case 'compare':
      return <CompareWith trace={trace} />;
  }
}

/** What came from the cache was composed by another request: its calls are those that made it. */
function composerOf(trace: RequestTrace): RequestTrace {
  const { composedBy, calls, capture } = trace;
  if (calls.length > 0 || composedBy === undefined) return trace;
  const composer = findTrace(composedBy);
  return composer ? { ...composer, bytesOut: trace.bytesOut } : capture ? trace : { ...trace, calls: [] };
}
