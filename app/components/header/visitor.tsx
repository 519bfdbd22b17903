import { read, signInHere } from '#app/adapter.ts';
import { getVisitor } from '#operations/account/visitor.ts';

interface Links {
  readonly who: string;
  readonly href: string;
  readonly pieces?: number | undefined;
}

/** The visitor and how much is in their cart. It comes late: no page waits for it, and none fails for it. */
export async function Visitor() {
  const visitor = await read(getVisitor, {}).catch(() => undefined);
  if (visitor === undefined) return <VisitorLinks {...UNKNOWN} />;
  const { signedIn, name, pieces } = visitor;
  if (!signedIn) return <VisitorLinks who="Sign in" href={await signInHere()} pieces={pieces} />;
  return <VisitorLinks who={name?.split(' ', 1)[0] || 'Account'} href="/account" pieces={pieces} />;
}

/** The same links until the visitor is identified. */
export const VisitorToCome = () => <VisitorLinks {...UNKNOWN} />;

const UNKNOWN: Links = { who: 'Account', href: '/account' };

function VisitorLinks({ who, href, pieces = 0 }: Links) {
  return (
    <nav className="visitor" aria-label="Yours">
      <a href={href}>
        <svg
          width="20"
          height="20"
          viewBox="0 0 20 20"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          aria-hidden="true"
        >
          <circle cx="10" cy="6.5" r="3.5" />
          <path d="M3 17.5c.7-3.4 3.4-5 7-5s6.3 1.6 7 5" strokeLinecap="round" />
        </svg>
        {href === '/account' && who !== 'Account' && <span className="visually-hidden">Account of</span>} {who}
      </a>
      <a href="/cart">
        <svg
          width="20"
          height="20"
          viewBox="0 0 20 20"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          aria-hidden="true"
        >
          <path d="M4 6.5h12l1 11H3zM7 6.5V6a3 3 0 0 1 6 0v.5" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
        Cart
        {pieces > 0 && (
          <span className="badge">
            <span className="visually-hidden">, pieces in it:</span> {pieces}
          </span>
        )}
      </a>
    </nav>
  );
}
