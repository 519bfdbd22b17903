import type { Override } from '#kernel/state/override.ts';
import { SaidFields } from './said-fields.tsx';

interface Props {
  readonly kind: Override['kind'];
  readonly title: string;
  /** What it does, and what it does not. */
  readonly about: string;
  /** What the choice is of. */
  readonly label: string;
  readonly aims: readonly string[];
  /** The values typed before, after a refusal, or filled in by a link to the form. */
  readonly typed: Readonly<Record<string, string>>;
}

const MAX = { minutes: 24 * 60, beyond: 7 * 24 * 60 };

/** One kind of override: folded, so that it is not set in passing. */
export function OverrideForm({ kind, title, about, label, aims, typed }: Props) {
  const open = typed.kind === kind;
  const values = open ? typed : {};
  const id = (name: string) => `${kind}-${name}`;
  return (
    <details className="lever" open={open}>
      <summary data-row>
        <strong>{title}</strong> <span className="soft small">{about}</span>
      </summary>
      <form className="lever-form" method="post" action="/inspector/levers/pull">
        <input type="hidden" name="kind" value={kind} />
        <div className="field">
          <label htmlFor={id('aim')}>{label}</label>
          <select id={id('aim')} name="aim" defaultValue={values.aim} required>
            {aims.map((aim) => (
              <option key={aim}>{aim}</option>
            ))}
          </select>
        </div>
        {kind === 'stale' && (
          <Minutes id={id('beyond')} name="beyond" value={values.beyond ?? '60'} max={MAX.beyond}>
            Minutes that values may be old beyond their time
          </Minutes>
        )}
        <Minutes id={id('minutes')} name="minutes" value={values.minutes ?? '30'} max={MAX.minutes}>
          Minutes until it ends
        </Minutes>
        <SaidFields at={kind} typed={values} />
        <div className="field">
          <label htmlFor={id('sure')}>
            To confirm, type its name: {aims[0] !== undefined && `“${values.aim ?? aims[0]}”, or whatever is chosen`}
          </label>
          <input id={id('sure')} name="sure" required autoComplete="off" maxLength={100} />
        </div>
        <button className="panel-button" type="submit">
          {title}
        </button>
      </form>
    </details>
  );
}

function Minutes(props: { id: string; name: string; value: string; max: number; children: string }) {
  const { id, name, value, max, children } = props;
  return (
    <div className="field">
      <label htmlFor={id}>{children}</label>
      <input id={id} name={name} type="number" min={1} max={max} step={1} defaultValue={value} required />
    </div>
  );
}
