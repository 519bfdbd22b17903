/** Handlers outside of `/api` that take a POST: forms of the shop and of the inspector. */
const POSTED =
  /^\/(?:theme\/set|inspector\/(?:cache\/purge|inbox\/replay|levers\/(?:pull|release)|requests\/[^/]+\/replay|scenario\/set|sign-in\/enter))$/;
const READ = ['GET', 'HEAD', 'OPTIONS'] as const;
const WRITE = ['POST', 'OPTIONS'] as const;

/**
 * The methods of an address outside of `/api`. Next shows a page to any of them, and looks for a Server Action in what is
 * posted there; we have none.
 */
export const methodsOf = (pathname: string): readonly string[] => (POSTED.test(pathname) ? WRITE : READ);
