import { read } from '#app/adapter.ts';
import { LiveHome } from '#app/components/catalog/live-home.tsx';
import { guarded } from '#app/guarded.tsx';
import { first, type Query } from '#app/query.ts';
import { getHome } from '#operations/catalog/home.ts';
import { DEFAULT_LOCALE } from '#schemas/view/locale.ts';

interface Props {
  readonly searchParams: Promise<Query>;
}

export default function HomePage(props: Props) {
  return guarded(() => homePage(props));
}

async function homePage({ searchParams }: Props) {
  // In the language of everything around it, whatever the browser would like.
  const address = { scenario: first((await searchParams).scenario), locale: DEFAULT_LOCALE };
  const view = await read(getHome, address);
  return <LiveHome input={address} rendered={view} />;
}
