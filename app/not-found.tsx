import ShopLayout from './(shop)/layout.tsx';
import NothingHere from './(shop)/not-found.tsx';
import { here } from './door.ts';
import { access } from './inspector/panels/allowed.ts';

/**
 * For addresses that no page has. Next renders it beside every page: for one of the inspector without the shop's frame,
 * whose reads the inspector would then show, and come again to show them.
 */
export default async function NotFound() {
  const inspecting = /^\/inspector(?:[/?]|$)/.test(await here()) && (await access()) !== 'absent';
  if (inspecting) return <NothingHere />;
  return (
    <ShopLayout>
      <NothingHere />
    </ShopLayout>
  );
}
