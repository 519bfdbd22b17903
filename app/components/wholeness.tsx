import type { Whole } from '#kernel/http/page.ts';

type Meta = Whole<unknown>['meta'];

const STATES = {
  pending: 'still coming',
  stale: 'older than it should be',
  fallback: 'partly missing',
  missing: 'missing',
};

/** One line at the foot of a page that says how whole its answer is. */
export function Wholeness({ meta: { complete, sections } }: { meta: Meta }) {
  const told = Object.entries(sections).map(([path, { state }]) => `${path} ${STATES[state]}`);
  return (
    <p className="wholeness" data-complete={complete} role="status">
      {complete ? '1 request, everything here' : `1 request, ${told.join(', ')}`}
    </p>
  );
}
