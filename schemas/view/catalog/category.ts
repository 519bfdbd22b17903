import { z } from 'zod';

export const CategoryId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be a category id such as headphones')
  .meta({ description: 'A category id', example: 'headphones' });

export const CategoryView = z.object({ id: z.string(), name: z.string() }).meta({ id: 'Category' });
export type CategoryView = z.infer<typeof CategoryView>;

export const CategoryBranch = CategoryView.extend({ children: z.array(CategoryView) }).meta({ id: 'CategoryBranch' });
export type CategoryBranch = z.infer<typeof CategoryBranch>;

/** The tree of two levels that menus are made of. */
export const CategoriesView = z.object({ categories: z.array(CategoryBranch) }).meta({ id: 'Categories' });
export type CategoriesView = z.infer<typeof CategoriesView>;
