import { FormFields } from '#app/components/forms/form-fields.tsx';

const PAGES = [
  ['/account', 'Overview'],
  ['/orders', 'Orders'],
  ['/account/addresses', 'Addresses'],
  ['/account/sessions', 'Devices'],
  ['/support', 'Support'],
] as const;

/** The pages of a customer, and the way out. */
export function AccountNav({ current }: { current: (typeof PAGES)[number][0] }) {
  return (
    <div className="account-nav">
      <nav aria-label="Your account">
        <ul>
          {PAGES.map(([href, name]) => (
            <li key={href}>
              <a href={href} aria-current={href === current ? 'page' : undefined}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <form method="post" action="/api/auth/logout" aria-label="Sign out">
        <FormFields then="/sign-in?out=1" />
        <button className="quiet" type="submit">
          Sign out
        </button>
      </form>
    </div>
  );
}
