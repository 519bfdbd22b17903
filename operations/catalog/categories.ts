import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import type { CatalogCategories } from '#schemas/upstream/catalog.ts';
import { CategoriesView } from '#schemas/view/catalog/category.ts';
import { catalog } from '#services/catalog.ts';

export const getCategories = operation(
  {
    id: 'getCategories',
    route: 'GET /api/categories',
    summary: 'The tree of categories that menus are made of',
    audience: 'public',
    shared: { seconds: 60 },
    input: z.object({}),
    example: {},
    output: CategoriesView,
    deadline: 1_500,
  },
  (_, { all }) => all({ categories: required(catalog.categories()) }, toTree),
);

/** Their flat list as our tree of two levels. */
function toTree({ categories: { categories } }: { categories: CatalogCategories }): CategoriesView {
  const childrenOf = (parent: string) =>
    categories
      .filter((category) => category.parent_id === parent)
      .map(({ category_id, display_name }) => ({ id: category_id, name: display_name }));
  return {
    categories: categories
      .filter((category) => category.parent_id === null)
      .map(({ category_id, display_name }) => ({
        id: category_id,
        name: display_name,
        children: childrenOf(category_id),
      })),
  };
}
