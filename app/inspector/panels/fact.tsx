import type { ReactNode } from 'react';

/** One number that matters, with its name and what it is of. */
export function Fact({ name, children, note }: { name: string; children: ReactNode; note?: ReactNode }) {
  return (
    <div className="panel-fact">
      <dt>{name}</dt>
      <dd>
        <strong>{children}</strong>
        {note && <span className="soft small">{note}</span>}
      </dd>
    </div>
  );
}
