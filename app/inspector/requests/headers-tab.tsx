import type { ShownField } from '#kernel/telemetry/mask.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';

/** Headers as they came and went. What may be secret or personal is shown by its name alone. */
export function HeadersTab({ trace: { capture, method, cache } }: { trace: RequestTrace }) {
  if (capture === undefined) {
    return (
      <p className="soft">
        {cache === 'hit'
          ? 'Of an answer that came straight from the cache no headers are kept: it costs less than writing them down.'
          : 'They are not kept any more: newer requests needed the room.'}
      </p>
    );
  }
  const ours = method === 'PAGE' ? 'What the API would have answered with' : 'Answer';
  return (
    <div className="payload">
      <Fields title={method === 'PAGE' ? 'Request for the page' : 'Request'} fields={capture.request} />
      <Fields title={ours} fields={capture.reply} />
    </div>
  );
}

function Fields({ title, fields }: { title: string; fields: readonly ShownField[] }) {
  return (
    <section className="payload-side" aria-label={title}>
      <h2>{title}</h2>
      {fields.length === 0 && <p className="soft">None.</p>}
      <dl className="fields">
        {fields.map(([name, value], index) => (
          <div key={index}>
            <dt>{name.toLowerCase()}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
