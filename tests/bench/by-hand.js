/**
 * What a team writes without a library: five requests, no schema, no cache, no deadline, no retry, the same answer.
 * @param {string} id
 * @param {(path: string, body?: object) => Promise<any>} ask
 */
export async function composeByHand(id, ask) {
  const [product, { quotes }, { levels }, { summaries }, { recs }] = await Promise.all([
    ask(`/catalog/products/${id}`),
    ask('/pricing/quotes', { productIds: [id], currencyCode: 'EUR' }),
    ask(`/inventory/levels?sku=${id}`),
    ask(`/reviews/summaries?ids=${id}`),
    ask(`/recommendations/related/${id}?limit=8`),
  ]);
  const [{ amountMinor, wasAmountMinor, currencyCode: currency }] = quotes;
  const [{ warehouses, restock_eta_ms: restock }] = levels;
  const [{ averageRating, reviewCount }] = summaries;
  const available = warehouses.reduce((sum, { on_hand, reserved }) => sum + on_hand - reserved, 0);
  return {
    id: product.product_id,
    title: product.title,
    brand: product.brand_name,
    description: product.long_description,
    category: { id: product.category_id },
    images: product.images.map(({ href, alt, width, height }) => ({ src: href, alt, width, height })),
    attributes: product.attributes,
    price: {
      now: { minor: amountMinor, currency },
      ...(wasAmountMinor > amountMinor && { was: { minor: wasAmountMinor, currency } }),
    },
    stock: {
      state: available === 0 ? 'out' : available <= 5 ? 'low' : 'in-stock',
      available,
      ...(restock !== null && { restockAt: new Date(restock).toISOString() }),
    },
    rating: { average: averageRating === null ? null : Number(averageRating), count: reviewCount },
    related: recs.map(({ item }) => item),
  };
}
