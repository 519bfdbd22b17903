/** What is published under one name: for everyone, or for one principal each. */
export interface Topic {
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly audience: 'public' | 'personal';
}

/** Declares a topic. A personal one has one channel per principal, chosen by the credential and never by a name. */
export function topic(name: string, audience: Topic['audience']): Topic {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) throw new TypeError(`"${name}" is no name for a topic`);
  return { name, audience };
}
