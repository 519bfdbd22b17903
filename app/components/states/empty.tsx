import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  /** Words, and where to go from here. */
  readonly children: ReactNode;
}

/** What stands where there is nothing yet. */
export function Empty({ title, children }: Props) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
