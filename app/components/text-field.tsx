import type { ComponentProps } from 'react';

interface Props extends ComponentProps<'input'> {
  readonly name: string;
  readonly label: string;
  /** What is wrong with what was typed. */
  readonly wrong: string | undefined;
}

/** One line to type into, under its label and over what is wrong with it. What may be left empty says so. */
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

/** What tells a control's reader that it is not as it should be, and why. */
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
