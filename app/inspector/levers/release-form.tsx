import { aimWords } from '#inspector/levers/override-words.ts';
import type { Override } from '#kernel/state/override.ts';

/** Removes one override. */
export function RemoveForm({ override }: { override: Override }) {
  return (
    <form method="post" action="/inspector/levers/release">
      <button className="panel-button" type="submit" name="id" value={override.id}>
        Remove<span className="visually-hidden">{` ${aimWords(override)}`}</span>
      </button>
    </form>
  );
}
