import { headers } from 'next/headers';
import { Suspense } from 'react';
import { isCompleteRequested } from '#app/adapter.ts';
import { isAllowed } from '#app/inspector/panels/allowed.ts';
import { pageOf } from '#app/inspector/requests/look.ts';
import { allIn, underWay } from '#app/reads.ts';
import { type StripFigures, stripFigures } from '#inspector/strip-figures.ts';
import { PAGE_ID } from '#kernel/telemetry/ids.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { counted, size, span } from '#operations/shape/ops/words.ts';

/**
 * What the page has cost, for operators: what is known once the page itself is there, and what came later once all of
 * it is in. Without scripts the first part stays.
 */
export async function Strip() {
  if (!(await isAllowed())) return null;
  const page = (await headers()).get(PAGE_ID) ?? '';
  if (await isCompleteRequested()) await allIn();
  if (!(await underWay())) return <Line figures={figuresFor(page)} />;
  return (
    <Suspense fallback={<Line figures={figuresFor(page)} more />}>
      <AllIn page={page} />
    </Suspense>
  );
}

async function AllIn({ page }: { page: string }) {
  await allIn();
  return <Line figures={figuresFor(page)} />;
}

const figuresFor = (id: string) => stripFigures(recentTraces().filter(({ page }) => page === id));

function Line({ figures, more = false }: { figures: StripFigures | undefined; more?: boolean }) {
  if (figures === undefined) return null;
  const { upstreams, duration, bytesIn, bytesOut, complete, of, missing, reads, main, page } = figures;
  const bytes = bytesIn === 0 ? size(bytesOut) : `${size(bytesIn)} → ${size(bytesOut)}`;
  return (
    <aside className="strip" data-complete={complete === of} aria-label="What this page has cost">
      <ul>
        <li>1 request</li>
        <li>{upstreams === 0 ? 'from the cache' : counted(upstreams, 'upstream')}</li>
        <li>{span(duration)}</li>
        <li>{bytes}</li>
        {complete < of && <li className="strip-partial">{`partial ${complete}/${of}: ${missing.join(', ')}`}</li>}
        {more && <li>more to come</li>}
      </ul>
      <p>
        {reads > 1 && <a href={`/inspector?${new URLSearchParams({ q: page })}`}>{`All ${reads} reads`}</a>}
        <a href={pageOf(main)}>Look inside</a>
      </p>
    </aside>
  );
}
