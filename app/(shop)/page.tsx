import { read } from '#app/adapter.ts';
import { LiveHome } from '#app/components/live-home.tsx';
import { guarded } from '#app/guarded.tsx';
import { first, type Query } from '#app/query.ts';
import { getHome } from '#operations/home.ts';

interface Props {
  readonly searchParams: Promise<Query>;
}

export default function HomePage(props: Props) {
  return guarded(() => homePage(props));
}

async function homePage({ searchParams }: Props) {
  const address = { scenario: first((await searchParams).scenario) };
  const view = await read(getHome, address);
  return <LiveHome input={address} rendered={view} />;
}
