import { day } from '#app/dates.ts';
import { nextEngine } from '#app/engine.ts';
import type { Operation } from '#kernel/contract/operation.ts';

/** When an operation goes away, as Deprecation, Sunset and Link of its answers say. */
export function Lifetime({ operation: { contract } }: { operation: Operation }) {
  const { deprecated } = contract;
  if (deprecated === undefined) return null;
  const { since, sunset, successor } = deprecated;
  const next = nextEngine().operations.find(({ contract: { route } }) => route === `GET ${successor}`);
  const today = new Date().toISOString().slice(0, 10);
  const dates = [
    [since, 'There is a better one since'],
    [today, 'Today'],
    [sunset, 'It may be gone from'],
  ] as const;
  return (
    <section className="section" aria-label="How long it lives">
      <h2>It goes away</h2>
      <ol className="lifetime">
        {dates
          .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
          .map(([date, words]) => (
            <li key={words} data-today={words === 'Today'}>
              <span className="soft small">{words}</span>
              <time dateTime={date}>{day(date)}</time>
            </li>
          ))}
      </ol>
      <p>
        Use <code>GET {successor}</code> instead
        {next && (
          <>
            : <a href={`/inspector/endpoints/${next.contract.id}`}>{next.contract.id}</a>
          </>
        )}
        . Every answer says so.
      </p>
    </section>
  );
}
