/** The operator's name and reason, for an action that affects all users. */
export function SaidFields({ at, typed }: { at: string; typed: Readonly<Record<string, string>> }) {
  return (
    <>
      <div className="field">
        <label htmlFor={`${at}-why`}>Why</label>
        <input
          id={`${at}-why`}
          name="why"
          required
          minLength={3}
          maxLength={200}
          defaultValue={typed.why}
          autoComplete="off"
        />
      </div>
      <div className="field">
        <label htmlFor={`${at}-who`}>Your name</label>
        <input id={`${at}-who`} name="who" required maxLength={60} defaultValue={typed.who} autoComplete="name" />
      </div>
    </>
  );
}
