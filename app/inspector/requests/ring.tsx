import type { Completeness } from '#inspector/requests/completeness.ts';

const AROUND = 2 * Math.PI * 6;

/** How complete an answer was, as a ring and in words. */
export function Ring({ completeness }: { completeness: Completeness | undefined }) {
  if (completeness === undefined) return <span className="soft">–</span>;
  const { complete, of } = completeness;
  return (
    <span className="ring" data-whole={complete === of}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6" />
        <circle
          cx="8"
          cy="8"
          r="6"
          className="ring-part"
          strokeDasharray={`${(AROUND * complete) / of} ${AROUND}`}
          transform="rotate(-90 8 8)"
        />
      </svg>
      {complete === of ? 'whole' : `${complete}/${of}`}
    </span>
  );
}
