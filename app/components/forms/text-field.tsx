import type { ComponentProps } from 'react';

interface Props extends ComponentProps<'input'> {
  readonly name: string;
  readonly label: string;
  /** What is wrong with the typed value. */
  readonly wrong: string | undefined;
}

/** A text input between its label and its error. An optional one says so. */
export function TextField({ name, label, wrong, ...input }: Props) {
  return (
    <div className="field">
      <label htmlFor={name}>
        {label}
        {!input.required && <span className="soft"> (optional)</span>}
      </label>
      <input id={name} name={name} {...input} {...invalid(name, wrong)} />
      <Wrong name={name} wrong={wrong} />
    </div>
  );
}

/** What a screen reader says of a control that is not as it should be. */
export const invalid = (name: string, wrong: string | undefined) =>
  wrong === undefined ? {} : { 'aria-invalid': true, 'aria-describedby': `${name}-wrong` };

export function Wrong({ name, wrong }: { name: string; wrong: string | undefined }) {
  if (wrong === undefined) return null;
  return (
    <p className="wrong small" id={`${name}-wrong`}>
      {`It ${wrong}.`}
    </p>
  );
}
