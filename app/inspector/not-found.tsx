import NotFoundInShop from '../not-found.tsx';
import { isAllowed } from './panels/allowed.ts';

export default async function NotFound() {
  if (!(await isAllowed())) return <NotFoundInShop />;
  return (
    <div className="empty">
      <h1>There is nothing here</h1>
      <p>The inspector has no screen at this address.</p>
      <a className="button" href="/inspector">
        All requests
      </a>
    </div>
  );
}
