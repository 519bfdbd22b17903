import type { CategoryBranch } from '#schemas/view/catalog/category.ts';
import { SORTS } from '#schemas/view/catalog/search.ts';
import type { Asked } from './asked.ts';

const ORDERS: Readonly<Record<(typeof SORTS)[number], string>> = {
  relevance: 'Best match',
  newest: 'Newest',
  title: 'A to Z',
};

interface Props {
  readonly asked: Asked;
  readonly categories: readonly CategoryBranch[];
}

/** Which products, and in which order: links, each of which begins at the first page. */
export function Filters({ asked, categories }: Props) {
  const { cursor: _, category, sort = 'relevance', ...rest } = asked;
  const branch = categories.find(
    ({ id, children }) => id === category || children.some((child) => child.id === category),
  );
  const offered = branch ? [branch, ...branch.children] : categories;
  const { category: __, ...everywhere } = { ...rest, category, ...(asked.sort && { sort }) };
  return (
    <div className="filters">
      {offered.length > 0 && (
        <nav aria-label="Category">
          <Chip asked={everywhere} isCurrent={category === undefined}>
            Everything
          </Chip>
          {offered.map(({ id, name }) => (
            <Chip key={id} asked={{ ...everywhere, category: id }} isCurrent={id === category}>
              {id === branch?.id ? `All ${name.toLowerCase()}` : name}
            </Chip>
          ))}
        </nav>
      )}
      <nav aria-label="Order">
        {SORTS.map((order) => (
          <Chip key={order} asked={{ ...rest, ...(category && { category }), sort: order }} isCurrent={order === sort}>
            {ORDERS[order]}
          </Chip>
        ))}
      </nav>
    </div>
  );
}

interface ChipProps {
  readonly asked: Asked;
  readonly isCurrent: boolean;
  readonly children: string;
}

function Chip({ asked, isCurrent, children }: ChipProps) {
  return (
    <a className="chip" href={`/search?${new URLSearchParams(asked)}`} aria-current={isCurrent ? 'true' : undefined}>
      {children}
    </a>
  );
}
