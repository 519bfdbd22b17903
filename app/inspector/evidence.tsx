import { pathOf } from '#kernel/telemetry/access.ts';
import { type CallTrace, recentTraces } from '#kernel/telemetry/trace.ts';
import { isAllowed } from './panels/allowed.ts';

/**
 * What we still know of one request: never its query, which may hold secrets. For operators: ids are counted, and would
 * lead strangers to each other's requests.
 */
export async function evidenceOf(id: string) {
  const found = (await isAllowed()) ? recentTraces().find((trace) => trace.id === id) : undefined;
  if (found === undefined) return undefined;
  const { method, target, status, duration, deadline, lane, calls, sections } = found;
  return (
    <aside className="panel" aria-labelledby="yours">
      <h2 id="yours">Your request</h2>
      <p>
        <code className="problem-id">{`${method} ${pathOf(target)}`}</code> was answered with {status} after{' '}
        {milliseconds(duration)}
        {deadline > 0 && ` of ${milliseconds(deadline)}`}
        {lane && (
          <>
            , under the scenario <code>{lane}</code>
          </>
        )}
        .
      </p>
      {calls.length > 0 && <Calls calls={calls} />}
      {Object.keys(sections).length > 0 && (
        <p>
          Not as they should be:{' '}
          {Object.entries(sections)
            .map(([path, { state, reason }]) => `${path} (${[state, reason].filter(Boolean).join(', ')})`)
            .join(', ')}
          .
        </p>
      )}
      <p>
        <a href={`/inspector/requests/${encodeURIComponent(id)}`}>All of it in the inspector</a>
      </p>
    </aside>
  );
}

/** Failures stand first; calls that were aborted because of them, last. */
const rankOf = (outcome: string) => (outcome === 'ok' ? 1 : outcome === 'aborted' ? 2 : 0);

function Calls({ calls }: { readonly calls: readonly CallTrace[] }) {
  // Many calls of one section, such as the prices of a list, go upstream as one.
  const alike = Map.groupBy(calls, ({ section, upstream, outcome }) => [section || '—', upstream, outcome].join(' '));
  const rows = [...alike].sort(([, [a]], [, [b]]) => rankOf(a?.outcome ?? '') - rankOf(b?.outcome ?? ''));
  return (
    <table className="problem-table">
      <thead>
        <tr>
          <th scope="col">Section</th>
          <th scope="col">Upstream</th>
          <th scope="col">Came to</th>
          <th scope="col">Time</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([key, all]) => {
          const [section, upstream, outcome = ''] = key.split(' ');
          return (
            <tr key={key} className={rankOf(outcome) === 0 ? 'problem-cause' : undefined}>
              <th scope="row">{all.length > 1 ? `${section} × ${all.length}` : section}</th>
              <td>{upstream}</td>
              <td>{outcome}</td>
              <td>{milliseconds(Math.max(...all.map(({ duration }) => duration)))}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const milliseconds = (time: number) => `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
