import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { nextEngine } from '#app/engine.ts';
import { curlFor } from '#inspector/endpoints/curl.ts';
import { figuresByOperation } from '#inspector/endpoints/figures.ts';
import { planLines } from '#inspector/endpoints/plan-lines.ts';
import { isTryable } from '#inspector/endpoints/tryable.ts';
import { readable } from '#inspector/requests/shown-target.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { clockSeconds, percent, span } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../../panels/allowed.ts';
import { CopyButton } from '../../panels/copy-button.tsx';
import { Fact } from '../../panels/fact.tsx';
import { PanelHead } from '../../panels/panel-head.tsx';
import { pageOf, targetOf } from '../../requests/look.ts';
import { PlanPicture } from '../plan-picture.tsx';
import { Audience, Method } from '../words.tsx';
import { choicesIn } from './try/choices.ts';
import { TryIt } from './try/try-it.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `${(await params).id} · Inspector` };
}

export default async function EndpointPage({ params }: Props) {
  await requireInspector();
  const { id } = await params;
  const { operations, runtime } = nextEngine();
  const operation = operations.find(({ contract }) => contract.id === id);
  if (operation === undefined) notFound();
  const traces = recentTraces().filter((trace) => trace.operation === id);
  const figures = figuresByOperation(traces).get(id);
  const lines = planLines(operation, traces);
  const { contract, route } = operation;
  const curl = curlFor(operation, runtime.publicUrl);
  return (
    <div className="inspect">
      <PanelHead title={id}>{contract.summary}</PanelHead>
      <p className="panel-route">
        <Method method={route.method} /> <code>{route.template}</code> <Audience audience={contract.audience} />
      </p>
      <dl className="panel-facts">
        <Fact name="Deadline" note={figures && `p95 takes ${percent(figures.p95, contract.deadline)} of it`}>
          {span(contract.deadline)}
        </Fact>
        <Fact name="p50" note={figures && `of ${figures.requests} requests`}>
          {figures ? span(figures.p50) : '–'}
        </Fact>
        <Fact name="p95">{figures ? span(figures.p95) : '–'}</Fact>
        <Fact name="Whole" note={figures && figures.failed > 0 ? `${figures.failed} failed` : undefined}>
          {figures ? percent(figures.complete, figures.requests) : '–'}
        </Fact>
        {contract.parts && (
          <Fact name="Parts" note="a client may ask for some">
            {contract.parts.join(', ')}
          </Fact>
        )}
      </dl>

      <section className="section">
        <h2>What it is made of</h2>
        {lines.length === 0 ? (
          <p className="soft">It begins with no call: it answers from what is kept here, or from what it was sent.</p>
        ) : (
          <PlanPicture id={id} lines={lines} />
        )}
      </section>

      <section className="section">
        <h2>Try it</h2>
        {isTryable(operation) ? (
          <TryIt operation={operation} choices={choicesIn({}, operation)} />
        ) : (
          <p className="soft">{whyNot(operation)}</p>
        )}
        <div className="panel-code">
          <CopyButton text={curl} at="c">
            Copy as curl
          </CopyButton>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1). */}
          <pre tabIndex={0}>{curl}</pre>
        </div>
      </section>

      <section className="section">
        <h2>Last requests</h2>
        {traces.length === 0 ? (
          <p className="soft">None yet{isTryable(operation) ? ': send one above.' : '.'}</p>
        ) : (
          <ul className="panel-list">
            {traces.slice(0, 10).map((trace, index) => (
              <li key={`${trace.id} ${index}`} data-row>
                <a href={pageOf(trace.id)}>{readable(targetOf(trace))}</a>{' '}
                <span className="soft small">
                  {trace.status}, {span(trace.duration)}, {clockSeconds(trace.at)} UTC
                  {trace.lane && `, under ${trace.lane}`}
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function whyNot({ contract: { guard, live, file, cookies }, route: { method } }: Operation): string {
  if (guard?.kind === 'operator') return 'It is for who runs the server: curl shows it.';
  if (guard) return 'Only its sender can sign what it takes.';
  if (live) return 'It is a stream: curl shows it as it comes.';
  if (file) return 'It answers a file: curl keeps it.';
  return method !== 'GET' || cookies
    ? 'It changes something, so it is not sent from here.'
    : 'It is not sent from here.';
}
