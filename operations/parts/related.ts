import { compose } from '#kernel/flow/tools.ts';
import { recommendations } from '#services/recommendations.ts';
import { cardsFor } from './cards.ts';

const RELATED = 8;

/** Cards of what goes with a product, best first. */
export const relatedCards = (id: string, currency: string) =>
  compose(async ({ need }) => {
    const { recs } = await need(recommendations.related(id, RELATED));
    const ids = recs.map((rec) => rec.item).filter((item) => item !== id);
    return ids.length === 0 ? [] : need(cardsFor(ids, currency));
  });
