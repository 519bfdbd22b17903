export const FIELDS = ['q', 'category', 'sort', 'cursor', 'scenario'] as const;

/** What a search was asked with, as its address has it. */
export type Asked = Partial<Record<(typeof FIELDS)[number], string>>;
