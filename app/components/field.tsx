import type { ReactNode } from 'react';

interface Props {
  readonly name: string;
  readonly label: string;
  /** What is wrong with what was typed. */
  readonly wrong: string | undefined;
  readonly children: ReactNode;
}

/** One control of a form, under its label and over what is wrong with it. */
export function Field({ name, label, wrong, children }: Props) {
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      {children}
      {wrong && <p className="wrong small">{wrong}</p>}
    </div>
  );
}
