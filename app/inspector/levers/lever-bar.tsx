import { nextEngine } from '#app/engine.ts';
import { pulledNow } from '#kernel/state/levers.ts';
import { aimWords, untilWords } from './lever-words.ts';
import { ReleaseForm } from './release-form.tsx';

/** Says on every screen what is pulled, so that nobody takes what was set by hand for what is. */
export function LeverBar() {
  const now = Date.now();
  const pulled = pulledNow(nextEngine().ground.levers, now);
  if (pulled.length === 0) return null;
  return (
    <aside className="lever-bar" aria-label="Levers that are pulled">
      <ul>
        {pulled.map((lever) => (
          <li key={lever.id}>
            <p>
              <strong>{aimWords(lever)}</strong> until {untilWords(lever, now)}. {lever.who}: “{lever.why}”
            </p>
            <ReleaseForm lever={lever} />
          </li>
        ))}
      </ul>
      <a href="/inspector/levers">Levers</a>
    </aside>
  );
}
