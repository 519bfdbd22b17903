import type { Operation } from '#kernel/contract/operation.ts';

/** What an operation is asked with: its path and query by name, as text. */
export type Address = Readonly<Record<string, string | undefined>>;

/** The request target that stands for an operation and its input: `/api/products/p-000042?currency=EUR`. */
export function targetFor({ route }: Operation, address: Address): string {
  const query = new URLSearchParams();
  const inPath = new Set<string>();
  const path = route.segments.map((segment) => {
    if ('literal' in segment) return segment.literal;
    inPath.add(segment.parameter);
    return encodeURIComponent(address[segment.parameter] ?? '');
  });
  for (const [name, value] of Object.entries(address)) {
    if (value !== undefined && !inPath.has(name)) query.set(name, value);
  }
  return query.size === 0 ? `/${path.join('/')}` : `/${path.join('/')}?${query}`;
}
