/** Milliseconds within which the page is there again; after that its user has gone elsewhere. */
const KEPT_FOR = 30_000;
const FIELDS = 'input[id]:not([type=hidden], [type=password], [type=file]), textarea[id]';

type Field = HTMLInputElement | HTMLTextAreaElement;

interface Kept {
  readonly at: number;
  readonly values: readonly (readonly [string, string])[];
  readonly focus: string | undefined;
}

const place = () => `kept ${location.pathname}`;

/**
 * Keeps what is typed on this page, should it be loaded anew: a server of a later build renders nothing for the scripts
 * of an earlier one. Until what it returns is called.
 */
export function keepInput(): () => void {
  const keep = () => {
    const typed = [...document.querySelectorAll<Field>(FIELDS)].filter(
      ({ value, defaultValue }) => value !== defaultValue,
    );
    if (typed.length === 0) return;
    const values = typed.map(({ id, value }) => [id, value] as const);
    const kept: Kept = { at: Date.now(), values, focus: document.activeElement?.id };
    orNot(() => sessionStorage.setItem(place(), JSON.stringify(kept)));
  };
  addEventListener('pagehide', keep);
  return () => removeEventListener('pagehide', keep);
}

/** Puts back what was kept a moment ago, once. */
export function restoreInput(): void {
  const text = orNot(() => sessionStorage.getItem(place()));
  if (!text) return;
  orNot(() => sessionStorage.removeItem(place()));
  const { at, values, focus } = JSON.parse(text) as Kept;
  if (Date.now() - at > KEPT_FOR) return;
  for (const [id, value] of values) {
    const field = document.getElementById(id) as Field | null;
    if (field) field.value = value;
  }
  if (focus) document.getElementById(focus)?.focus();
}

/** A browser that stores nothing for us says so by throwing. */
function orNot<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
