import { nextEngine } from '#app/engine.ts';
import { isLoopback } from '#services/env-variables.ts';

const PURGE = '/inspector/cache/purge';

/** Makes old what stands under one tag, of everybody whose it is. */
export function PurgeTag({ tag, back }: { tag: string; back: string }) {
  return (
    <form method="post" action={PURGE}>
      <input type="hidden" name="return" value={back} />
      <button className="panel-button" type="submit" name="tag" value={tag}>
        Purge<span className="visually-hidden">{` ${tag}`}</span>
      </button>
    </form>
  );
}

/** Everything at once: beyond this machine it has to be typed out, since every upstream will feel it. */
export function PurgeAll({ back }: { back: string }) {
  const confirmed = isLoopback(nextEngine().runtime.publicUrl);
  return (
    <form className="panel-danger" method="post" action={PURGE}>
      <input type="hidden" name="return" value={back} />
      <p>
        <strong>Purge everything</strong>{' '}
        <span className="soft small">In every lane and every process: each upstream is asked anew for all of it.</span>
      </p>
      {confirmed ? (
        <input type="hidden" name="sure" value="everything" />
      ) : (
        <div className="field">
          <label htmlFor="sure">Type “everything” to confirm</label>
          <input id="sure" name="sure" required pattern="everything" autoComplete="off" />
        </div>
      )}
      <button className="panel-button" type="submit" name="all" value="yes">
        Purge everything
      </button>
    </form>
  );
}
