import type { Rating } from '#schemas/view/catalog/rating.ts';

const STAR = 'M8 1.2l2.1 4.3 4.7.7-3.4 3.3.8 4.7L8 12l-4.2 2.2.8-4.7L1.2 6.2l4.7-.7z';

/** A rating as a star and a number, or a few words if there is none yet. */
export function Stars({ rating: { average, count } }: { rating: Rating }) {
  if (average === null) return <p className="stars">No reviews yet</p>;
  return (
    <p className="stars">
      <Star />
      <span>
        {average.toFixed(1)}
        <span className="visually-hidden"> of 5 stars,</span> ({count})
      </span>
    </p>
  );
}

const MAX_STARS = 5;

/** What one person gave. */
export function Given({ rating }: { rating: number }) {
  return (
    <span className="stars">
      {Array.from({ length: MAX_STARS }, (_, index) => (
        <Star key={index} off={index >= rating} />
      ))}
      <span className="visually-hidden">{`${rating} of ${MAX_STARS} stars`}</span>
    </span>
  );
}

function Star({ off = false }: { off?: boolean }) {
  return (
    <svg
      className={off ? 'stars-off' : undefined}
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="currentColor"
      aria-hidden="true"
    >
      <path d={STAR} />
    </svg>
  );
}
