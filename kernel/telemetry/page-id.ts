/** The header by which a host marks all reads of one page; never a client's own. */
export const PAGE_ID = 'x-page-id';
