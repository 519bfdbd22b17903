import { compose, composePersonal } from '#kernel/flow/tools.ts';
import { type Principal, privateId } from '#kernel/identity/principal.ts';
import { recommendations } from '#services/recommendations.ts';
import { cardsFor } from './cards.ts';

const SUGGESTED = 6;
/** Whoever is not known is shown what goes with what sells most. */
const LEADING = 'p-000042';

/** Cards for whoever asks: by what they bought where they are known, which makes them private. */
export const suggestedCards = (principal: Principal, currency: string) =>
  principal.kind === 'anonymous' || principal.kind === 'guest'
    ? compose(async ({ need }) => {
        const { recs } = await need(recommendations.related(LEADING, SUGGESTED));
        return need(cardsFor(itemsOf(recs), currency));
      })
    : composePersonal(async ({ need }) => {
        const { recs } = await need(recommendations.forCustomer(privateId('customer', principal), SUGGESTED));
        return need(cardsFor(itemsOf(recs), currency));
      });

function itemsOf(recs: readonly { readonly item: string }[]): string[] {
  return recs.map((rec) => rec.item);
}
