import type { Line } from '#inspector/json/json-lines.ts';

/** JSON to be read: dropped members are struck through, renamed ones say where to, violations say why. */
export function JsonView({ lines, label }: { lines: readonly Line[]; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1).
    <section className="json" aria-label={label} tabIndex={0}>
      {lines.map(({ indent, text, fate, note }, index) => (
        <div key={index} data-fate={fate}>
          {'  '.repeat(indent)}
          {fate === 'dropped' ? <s>{text}</s> : text}
          {note && <span className="json-note">{note}</span>}
        </div>
      ))}
    </section>
  );
}
