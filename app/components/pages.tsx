interface Props {
  readonly path: string;
  /** What the list was asked with besides its place. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The place in the list that is shown. */
  readonly cursor: string | undefined;
  /** The place where the next page begins. */
  readonly next: string | undefined;
}

/** Links through a list of which only the next page is known. */
export function Pages({ path, query, cursor, next }: Props) {
  if (cursor === undefined && next === undefined) return null;
  const at = (page: string | undefined) => {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...query, cursor: page })) if (value) asked.set(name, value);
    return asked.size === 0 ? path : `${path}?${asked}`;
  };
  return (
    <nav className="row" aria-label="Pages">
      {cursor !== undefined && <a href={at(undefined)}>First page</a>}
      {next !== undefined && (
        <a className="button" rel="next" href={at(next)}>
          Next page
        </a>
      )}
    </nav>
  );
}
