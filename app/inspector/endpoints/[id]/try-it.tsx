import type { Operation } from '#kernel/contract/operation.ts';

/** A form with the contract's example in it; what it sends leads to its trace. */
export function TryIt({ operation: { contract, route } }: { operation: Operation }) {
  const { id, input, example, parts } = contract;
  const inPath = route.segments.flatMap((segment) => ('parameter' in segment ? [segment.parameter] : []));
  return (
    <form className="form try-it" method="post" action={`/inspector/endpoints/${id}/try`}>
      {Object.entries(input.shape).map(([name, schema]) => (
        <div className="field" key={name}>
          <label htmlFor={`try-${name}`}>
            {name} <span className="soft">{inPath.includes(name) ? 'in the path' : 'in the query'}</span>
          </label>
          <input
            id={`try-${name}`}
            name={name}
            defaultValue={example[name] ?? ''}
            required={!schema.safeParse(undefined).success}
          />
        </div>
      ))}
      {parts && (
        <div className="field">
          <label htmlFor="try-parts">
            parts <span className="soft">some of {parts.join(', ')}; all where it is empty</span>
          </label>
          <input id="try-parts" name="parts" placeholder={parts.join(',')} />
        </div>
      )}
      <p className="soft small">It is sent as you: with your session, and under your scenario.</p>
      <button className="button" type="submit">
        Send it
      </button>
    </form>
  );
}
