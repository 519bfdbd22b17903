import { read } from '#app/adapter.ts';
import { Given } from '#app/components/catalog/stars.tsx';
import { day } from '#app/dates.ts';
import { listReviews } from '#operations/catalog/reviews.ts';
import type { ReviewsView } from '#schemas/view/catalog/reviews.ts';

interface Props {
  readonly id: string;
  readonly scenario: string | undefined;
}

/** What buyers wrote. A product without its reviews is a product all the same. */
export async function Reviews({ id, scenario }: Props) {
  const reviews = await read(listReviews, { id, limit: '5', scenario }).catch(() => undefined);
  return (
    <section className="section" aria-label="Reviews">
      <h2>Reviews</h2>
      {reviews ? <Written reviews={reviews} /> : <p className="notice">Reviews can’t be shown right now.</p>}
    </section>
  );
}

function Written({ reviews: { items, total } }: { reviews: ReviewsView }) {
  return (
    <>
      {items.length === 0 && <p className="soft">Nobody has written about it yet.</p>}
      <ul className="reviews">
        {items.map(({ id: review, author, rating, title, text, at }) => (
          <li key={review} className="review">
            <h3>{title}</h3>
            <p className="soft small row">
              <Given rating={rating} />
              <span>
                {author}, <time dateTime={at}>{day(at)}</time>
              </span>
            </p>
            <p>{text}</p>
          </li>
        ))}
      </ul>
      {total > items.length && <p className="soft small">{`The latest ${items.length} of ${total}.`}</p>}
    </>
  );
}
