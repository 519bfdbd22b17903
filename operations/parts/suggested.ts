import { compose, composePersonal } from '#kernel/flow/tools.ts';
import { type Principal, privateId } from '#kernel/identity/principal.ts';
import { recommendations } from '#services/recommendations.ts';
import { cardsFor } from './cards.ts';

const SUGGESTED = 6;
/** A visitor who is not signed in is shown what goes with the best sellers. */
const LEADING = 'p-000042';

/** Suggested cards: if the user is signed in, by what they bought, which makes them private. */
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
