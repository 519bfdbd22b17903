import { Suspense } from 'react';
import { getCategories } from '#operations/catalog/categories.ts';
import { isCompleteRequested, read } from '../../adapter.ts';
import { Logo } from './logo.tsx';
import { Visitor, VisitorToCome } from './visitor.tsx';

/** The head of every page. Without the catalog it has no departments, and is a head all the same. */
export async function Header() {
  const departments = await read(getCategories, {}).then(
    ({ categories }) => categories,
    () => [],
  );
  const complete = await isCompleteRequested();
  return (
    <header className="frame-head">
      <div className="frame-row">
        <a className="brand" href="/">
          <Logo /> Tributary
        </a>
        <search>
          <form className="find" action="/search">
            <label className="visually-hidden" htmlFor="q">
              Search the shop
            </label>
            <input id="q" name="q" type="search" placeholder="Lamp, merino, Halden …" maxLength={80} required />
            <button className="button" type="submit">
              Search
            </button>
          </form>
        </search>
        {complete ? (
          <Visitor />
        ) : (
          <Suspense fallback={<VisitorToCome />}>
            <Visitor />
          </Suspense>
        )}
        {departments.length > 0 && (
          <nav className="departments" aria-label="Departments">
            {departments.map(({ id, name }) => (
              <a key={id} href={`/search?category=${id}`}>
                {name}
              </a>
            ))}
          </nav>
        )}
      </div>
    </header>
  );
}
