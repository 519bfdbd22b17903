/** A placeholder for what is still to come. */
export function Waiting({ size }: { size: 'line' | 'block' }) {
  return <span className="waiting" data-size={size} aria-hidden="true" />;
}
