import type { Metadata } from 'next';
import { nextEngine } from '#app/engine.ts';
import { flat, type Query } from '#app/query.ts';
import { budgetsOf } from '#inspector/endpoints/budget.ts';
import { type Figures, figuresByOperation } from '#inspector/endpoints/figures.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { percent, size, span } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../panels/allowed.ts';
import { FilterForm } from '../panels/filter-form.tsx';
import { PanelHead } from '../panels/panel-head.tsx';
import { ScrollTable } from '../panels/scroll-table.tsx';
import { Audience, Method } from './words.tsx';

export const metadata: Metadata = { title: 'Endpoints · Inspector' };

interface Props {
  readonly searchParams: Promise<Query>;
}

export default async function EndpointsPage({ searchParams }: Props) {
  await requireInspector();
  const { q = '' } = flat(await searchParams);
  const { operations } = nextEngine();
  const traces = recentTraces();
  const figures = figuresByOperation(traces);
  const found = operations.filter((operation) => textOf(operation).includes(q.trim().toLowerCase()));
  return (
    <div className="inspect">
      <PanelHead title="Endpoints">
        {operations.length} operations, as their contracts have them; figures are of the last {traces.length} requests.
      </PanelHead>
      <FilterForm path="/inspector/endpoints" value={q} label="Route, id or summary" />
      {found.length === 0 ? (
        <div className="empty">
          <h2>No endpoint is called so</h2>
          <a className="button" href="/inspector/endpoints">
            Show all of them
          </a>
        </div>
      ) : (
        <ScrollTable
          caption="Endpoints"
          columns={['Route', 'What it is', 'For', 'Deadline', 'Budget', 'Requests', 'p50', 'p95', 'Whole']}
        >
          {found.map((operation) => {
            const {
              contract: { id, summary, audience, deadline },
              route,
            } = operation;
            return (
              <tr key={id} data-row>
                <th scope="row" className="panel-wide">
                  <Method method={route.method} /> <a href={`/inspector/endpoints/${id}`}>{route.template}</a>
                </th>
                <td className="panel-wide">
                  {summary} <span className="soft small">{id}</span>
                </td>
                <td>
                  <Audience audience={audience} />
                </td>
                <td className="number">{span(deadline)}</td>
                <td className="number">{budgetText(operation)}</td>
                <Numbers figures={figures.get(id)} />
              </tr>
            );
          })}
        </ScrollTable>
      )}
    </div>
  );
}

const textOf = ({ contract: { id, route, summary } }: Operation) => `${id} ${route} ${summary}`.toLowerCase();

/** The gzip budget of an answer, for the client with the largest one. */
function budgetText(operation: Operation): string {
  const sizes = [...budgetsOf(operation).values()].map(({ gzip }) => gzip);
  return sizes.length === 0 ? '–' : size(Math.max(...sizes));
}

function Numbers({ figures }: { figures: Figures | undefined }) {
  if (figures === undefined) {
    return (
      <td colSpan={4} className="soft small">
        not asked for yet
      </td>
    );
  }
  return (
    <>
      <td className="number">{figures.requests}</td>
      <td className="number">{span(figures.p50)}</td>
      <td className="number">{span(figures.p95)}</td>
      <td className="number">{percent(figures.complete, figures.requests)}</td>
    </>
  );
}
