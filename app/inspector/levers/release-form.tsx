import { aimWords } from '#inspector/levers/override-words.ts';
import type { Override } from '#kernel/state/override.ts';

/** Lets go of one lever. */
export function ReleaseForm({ override }: { override: Override }) {
  return (
    <form method="post" action="/inspector/levers/release">
      <button className="panel-button" type="submit" name="id" value={override.id}>
        Release<span className="visually-hidden">{` ${aimWords(override)}`}</span>
      </button>
    </form>
  );
}
