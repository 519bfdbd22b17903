/** Who can sign in at the mock provider; claims by OpenID Connect Core §5.1. */
export interface Account {
  readonly name: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly email: string;
}

const account = (given_name: string, family_name: string): Account => ({
  name: `${given_name} ${family_name}`,
  given_name,
  family_name,
  email: `${given_name.toLowerCase()}@example.com`,
});

export const ACCOUNTS: Readonly<Record<string, Account>> = {
  ada: account('Ada', 'Nowak'),
  bo: account('Bo', 'Lindqvist'),
  chen: account('Chen', 'Okafor'),
};

/** Any other subject is a customer too, named as its subject: load tests sign in by the hundred. */
export function accountOf(subject: string): Account {
  return Object.hasOwn(ACCOUNTS, subject) ? (ACCOUNTS[subject] as Account) : account(subject, 'Guest');
}
