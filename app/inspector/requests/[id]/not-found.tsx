import NotFoundInShop from '#app/not-found.tsx';
import { isAllowed } from '../../panels/allowed.ts';
import { Follower } from '../../panels/follower.tsx';

/** A request that is not recorded, or not over yet: then it shows once it is. */
export default async function NoTrace() {
  if (!(await isAllowed())) return <NotFoundInShop />;
  return (
    <div className="empty">
      <Follower />
      <h1>No such request is kept</h1>
      <p>
        It may not be over yet, then it shows itself here. Or it was before this process began, was answered by another
        one, or is older than the last 512.
      </p>
      <a className="button" href="/inspector">
        All requests
      </a>
    </div>
  );
}
