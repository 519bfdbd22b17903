import type { ReactNode } from 'react';

interface Props {
  /** What the table is of: its caption, for users of screen readers. */
  readonly caption: string;
  readonly columns: readonly string[];
  readonly children: ReactNode;
  /** A class for tables that are laid out in a way of their own. */
  readonly kind?: string;
}

/** A table that scrolls by itself where it is wider than its place. */
export function ScrollTable({ caption, columns, children, kind = '' }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1).
    <section className="panel-scroll" aria-label={caption} tabIndex={0}>
      <table className={`panel-table ${kind}`}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
