import type { PaymentIntent } from '#schemas/upstream/payments.ts';

/** Where a customer would type a card: here each is a link. */
export function payPage(
  { pathname, search }: URL,
  { amount, currency }: PaymentIntent,
  cards: readonly string[],
): string {
  const query = search.replaceAll('&', '&amp;').replaceAll('"', '%22');
  const links = cards.map((card) => `<li><a href="${pathname}/with/${card}${query}">Pay with ${card}</a></li>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Pay (mock)</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 26rem; margin: 10vh auto; padding: 0 1rem }
  ul { list-style: none; padding: 0; display: grid; gap: .5rem }
  a { display: block; padding: .75rem 1rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .5rem; color: inherit; text-decoration: none }
</style>
<main>
  <h1>Pay ${(amount / 100).toFixed(2)} ${currency.toUpperCase()}</h1>
  <ul>${links.join('')}</ul>
  <p>This is the mock of a payment service. No money moves.</p>
</main>
</html>
`;
}
