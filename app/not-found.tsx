import ShopLayout from './(shop)/layout.tsx';
import NothingHere from './(shop)/not-found.tsx';

/** For addresses that no page has. */
export default function NotFound() {
  return (
    <ShopLayout>
      <NothingHere />
    </ShopLayout>
  );
}
