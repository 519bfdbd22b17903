import { getHome } from '#operations/home.ts';
import { read } from './door.ts';
export default async function Page() {
  const v = await read(getHome, {});
  return <pre>{JSON.stringify(v, null, 1)}</pre>;
}
