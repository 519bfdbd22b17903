import { here } from '#app/adapter.ts';
import { isAllowed } from './panels/allowed.ts';
import { currentScenario } from './scenario/current.ts';

/** Says on every page that a scenario is on, so that its failures are not taken for real ones. */
export async function ScenarioBanner() {
  const current = await currentScenario();
  if (current === undefined) return null;
  const { text, from, problem } = current;
  const allowed = await isAllowed();
  const url = new URL(await here(), 'http://here.invalid');
  url.searchParams.delete('scenario');
  return (
    <aside className="scenario-banner" aria-label="Scenario">
      <p>
        {problem === undefined ? (
          <>
            Scenario: <strong>{text}</strong>
          </>
        ) : (
          <>The scenario can’t be played. {problem}</>
        )}
      </p>
      {from === 'address' && <a href={url.pathname + url.search}>Turn it off</a>}
      {from === 'cookie' && allowed && (
        <form method="post" action="/inspector/scenario/set">
          <input type="hidden" name="return" value={await here()} />
          <button type="submit" name="all" value="off">
            Turn it off
          </button>
        </form>
      )}
      {allowed && <a href="/inspector/scenario">Change it</a>}
    </aside>
  );
}
