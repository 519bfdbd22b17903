import type { HomeBlock as Block } from '#schemas/view/catalog/home.ts';
import { Picture } from './picture.tsx';
import { Rail } from './rail.tsx';

/** One block of the home page, as the editors laid it out. */
export function HomeBlock({ block }: { block: Block }) {
  switch (block.kind) {
    case 'hero':
      return (
        <section className="hero" aria-label={block.title}>
          <div className="hero-words">
            <h1>{block.title}</h1>
            <p className="soft">{block.text}</p>
            <a className="button" href={block.link}>
              {block.linkText}
            </a>
          </div>
          {block.image && <Picture image={block.image} decorative eager />}
        </section>
      );
    case 'rail':
      return <Rail title={block.title} products={block.products} />;
    case 'tiles':
      return (
        <section className="section" aria-label={block.title}>
          <h2>{block.title}</h2>
          <ul className="tiles">
            {block.categories.map(({ id, name }) => (
              <li key={id}>
                <a href={`/search?category=${id}`}>{name}</a>
              </li>
            ))}
          </ul>
        </section>
      );
    case 'text':
      return (
        <section className="section">
          {block.title && <h2>{block.title}</h2>}
          <p className="soft">{block.text}</p>
        </section>
      );
  }
}
