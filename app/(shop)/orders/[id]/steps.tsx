import { STATES, STEPS } from '../states.ts';

/** How far an order has come. */
export function Steps({ state }: { state: string }) {
  const reached = STEPS.indexOf(state);
  if (reached < 0) {
    return (
      <p className="state" data-state={state}>
        {STATES[state] ?? state}
      </p>
    );
  }
  return (
    <ol className="steps" aria-label="How far it has come">
      {STEPS.map((step, index) => (
        <li key={step} data-reached={index <= reached} aria-current={index === reached ? 'step' : undefined}>
          {STATES[step]}
          <span className="visually-hidden">{index <= reached ? ', done' : ', still to come'}</span>
        </li>
      ))}
    </ol>
  );
}
