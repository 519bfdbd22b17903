import { SaidFields } from '../levers/said-fields.tsx';

interface Props {
  /** The tag that a row was chosen by; undefined where it is yet to be typed. */
  readonly tag: string | undefined;
  readonly refused: boolean;
  readonly back: string;
}

/**
 * Makes everything under one tag old, for all principals, or everything at all. The operator gives a name and a reason.
 */
export function PurgeForm({ tag, refused, back }: Props) {
  return (
    <section className="section" id="purge">
      <h2>Purge{tag !== undefined && ` ${tag}`}</h2>
      {refused && (
        <p className="notice" role="alert">
          Nothing was purged: say why and who you are, and type exactly what is to be purged.
        </p>
      )}
      <p className="soft small">
        In every lane and every process: upstreams are asked anew for it. <code>upstream:reviews</code> is all that
        reviews has told, <code>everything</code> all there is.
      </p>
      <form className="lever-form" method="post" action="/inspector/cache/purge">
        <input type="hidden" name="return" value={back} />
        {tag !== undefined && <input type="hidden" name="tag" value={tag} />}
        <SaidFields at="purge" typed={{}} />
        <div className="field">
          <label htmlFor="sure">{tag === undefined ? 'Type what to purge' : `To confirm, type “${tag}”`}</label>
          <input id="sure" name="sure" required maxLength={200} autoComplete="off" />
        </div>
        <button className="panel-button" type="submit">
          Purge{tag !== undefined && ` ${tag}`}
        </button>
      </form>
    </section>
  );
}
