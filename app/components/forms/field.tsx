import type { ReactNode } from 'react';

interface Props {
  readonly name: string;
  readonly label: string;
  /** What is wrong with the typed value. */
  readonly wrong: string | undefined;
  readonly children: ReactNode;
}

/** One control of a form, between its label and its error. */
export function Field({ name, label, wrong, children }: Props) {
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      {children}
      {wrong && <p className="wrong small">{wrong}</p>}
    </div>
  );
}
