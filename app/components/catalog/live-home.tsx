'use client';

import { Notice } from '#app/components/states/notice.tsx';
import { type InputOf, useLatest } from '#app/live.ts';
import type { ViewWithMeta } from '#kernel/http/pages/page.ts';
import type { HomeView } from '#schemas/view/catalog/home.ts';
import { HomeBlock } from './home-block.tsx';

interface Props {
  readonly input: InputOf<'GET /api/home'>;
  readonly rendered: ViewWithMeta<HomeView>;
}

/** The home page's blocks, as they are now. */
export function LiveHome({ input, rendered }: Props) {
  const { blocks, meta } = useLatest('GET /api/home', input, rendered);
  const hasTitle = blocks.some((block) => block.kind === 'hero');
  return (
    <div className="stack">
      {!hasTitle && <h1>Things that stay</h1>}
      <Notice meta={meta} section="cards" what="Products" />
      <Notice meta={meta} section="cards.prices" what="Prices" />
      {blocks.map((block, index) => (
        <HomeBlock key={index} block={block} />
      ))}
    </div>
  );
}
