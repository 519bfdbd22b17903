interface Props {
  readonly path: string;
  readonly value: string;
  readonly label: string;
  /** What else the address says, and is to say on. */
  readonly carried?: Readonly<Record<string, string | undefined>>;
}

/** One text input to filter a list; its text is in the address. */
export function FilterForm({ path, value, label, carried = {} }: Props) {
  return (
    <form className="panel-filter" action={path}>
      {Object.entries(carried).map(
        ([name, text]) => text && <input key={name} type="hidden" name={name} value={text} />,
      )}
      <label className="visually-hidden" htmlFor="panel-filter">
        {label}
      </label>
      <input
        id="panel-filter"
        name="q"
        type="search"
        placeholder={label}
        defaultValue={value}
        maxLength={80}
        data-key="/"
      />
      <button className="panel-button" type="submit">
        Filter
      </button>
    </form>
  );
}
