import type { Lever } from '#kernel/state/lever.ts';
import { aimWords } from './lever-words.ts';

/** Lets go of one lever. */
export function ReleaseForm({ lever }: { lever: Lever }) {
  return (
    <form method="post" action="/inspector/levers/release">
      <button className="panel-button" type="submit" name="id" value={lever.id}>
        Release<span className="visually-hidden">{` ${aimWords(lever)}`}</span>
      </button>
    </form>
  );
}
