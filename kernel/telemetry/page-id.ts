/** The header by which a host tells all reads of one page apart from those of others; never a client's own. */
export const PAGE_ID = 'x-page-id';
