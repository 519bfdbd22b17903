import { getHome } from '#operations/home.ts';
import { HomeBlock } from './components/home-block.tsx';
import { Notice } from './components/notice.tsx';
import { Wholeness } from './components/wholeness.tsx';
import { read } from './door.ts';
import { guarded } from './guarded.tsx';
import { first, type Query } from './query.ts';

interface Props {
  readonly searchParams: Promise<Query>;
}

export default function HomePage(props: Props) {
  return guarded(() => homePage(props));
}

async function homePage({ searchParams }: Props) {
  const { blocks, meta } = await read(getHome, { scenario: first((await searchParams).scenario) });
  const hasTitle = blocks.some((block) => block.kind === 'hero');
  return (
    <>
      <div className="stack">
        {!hasTitle && <h1>Things that stay</h1>}
        <Notice meta={meta} section="cards" what="Products" />
        <Notice meta={meta} section="cards.prices" what="Prices" />
        {blocks.map((block, place) => (
          <HomeBlock key={place} block={block} />
        ))}
      </div>
      <Wholeness meta={meta} />
    </>
  );
}
