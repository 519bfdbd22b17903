import { nextEngine } from '#app/engine.ts';
import { aimWords, untilWords } from '#inspector/levers/override-words.ts';
import { activeOverrides } from '#kernel/state/overrides.ts';
import { RemoveForm } from './release-form.tsx';

/** Says on every screen which overrides are set, so that their effects are not mistaken for failures. */
export function OverrideBar() {
  const now = Date.now();
  const active = activeOverrides(nextEngine().deps.overrides, now);
  if (active.length === 0) return null;
  return (
    <aside className="lever-bar" aria-label="Active overrides">
      <ul>
        {active.map((override) => (
          <li key={override.id}>
            <p>
              <strong>{aimWords(override)}</strong> until {untilWords(override, now)}. {override.who}: “{override.why}”
            </p>
            <RemoveForm override={override} />
          </li>
        ))}
      </ul>
      <a href="/inspector/levers">Overrides</a>
    </aside>
  );
}
