const WORDS: Readonly<Record<string, string>> = { 'in-stock': 'In stock', low: 'Only a few left', out: 'Out of stock' };

/** How much of a product there is, in a word. */
export function StockWord({ state, more = '' }: { state: string; more?: string | undefined }) {
  return (
    <p className="stock small" data-state={state}>
      {WORDS[state] ?? state}
      {more}
    </p>
  );
}
