import NothingHere from './(shop)/not-found.tsx';

/** Next renders it beside every page, whatever becomes of that: so it stands without the shop's frame, and reads nothing. */
export default function NotFound() {
  return (
    <main>
      <NothingHere />
    </main>
  );
}
