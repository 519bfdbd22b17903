import { nextEngine } from '#app/engine.ts';
import { aimWords, untilWords } from '#inspector/levers/override-words.ts';
import { activeOverrides } from '#kernel/state/overrides.ts';
import { ReleaseForm } from './release-form.tsx';

/** Says on every screen what is pulled, so that nobody takes what was set by hand for what is. */
export function OverrideBar() {
  const now = Date.now();
  const active = activeOverrides(nextEngine().deps.overrides, now);
  if (active.length === 0) return null;
  return (
    <aside className="lever-bar" aria-label="Levers that are pulled">
      <ul>
        {active.map((override) => (
          <li key={override.id}>
            <p>
              <strong>{aimWords(override)}</strong> until {untilWords(override, now)}. {override.who}: “{override.why}”
            </p>
            <ReleaseForm override={override} />
          </li>
        ))}
      </ul>
      <a href="/inspector/levers">Levers</a>
    </aside>
  );
}
