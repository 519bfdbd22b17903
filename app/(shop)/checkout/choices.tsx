import { Address } from '#app/components/address.tsx';
import { Pages } from '#app/components/pages.tsx';
import { Notice } from '#app/components/states/notice.tsx';
import { money } from '#app/money.ts';
import type { ViewWithMeta } from '#kernel/http/pages/page.ts';
import type { CheckoutView } from '#schemas/view/cart/checkout.ts';

/** What the page's address says was chosen. */
export interface Asked {
  readonly address: string | undefined;
  /** Where the page of addresses begins. */
  readonly cursor: string | undefined;
  readonly service: string | undefined;
  readonly scenario: string | undefined;
  readonly whole: string | undefined;
}

/** The same page with something else chosen: a choice is a link, so that it works, and can be gone back from, anywhere. */
function choosing(asked: Asked, choice: Partial<Asked>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...asked, ...choice })) if (value !== undefined) query.set(name, value);
  return `/checkout?${query}`;
}

/** More than these are not shown until they are asked for. */
const SHOWN = 3;

/**
 * The addresses that it could go to. If there are many, only the chosen one shows until the customer opens the list.
 */
export function Addresses({ asked, view: { addresses, next } }: { asked: Asked; view: CheckoutView }) {
  const chosen = addresses.filter(({ id }) => id === asked.address);
  const folded = addresses.length > SHOWN && chosen.length > 0;
  const others = folded ? addresses.filter(({ id }) => id !== asked.address) : [];
  return (
    <>
      <AddressChoices asked={asked} addresses={folded ? chosen : addresses} />
      {folded && (
        <details className="folded" open={asked.cursor !== undefined}>
          <summary>
            {next === undefined && asked.cursor === undefined
              ? `One of your ${others.length} other addresses`
              : `One of your other addresses: ${others.length} of them on this page`}
          </summary>
          <AddressChoices asked={asked} addresses={others} />
        </details>
      )}
      <Pages path="/checkout" query={{ ...asked, cursor: undefined }} cursor={asked.cursor} next={next} />
      <p>
        <a href="/account/addresses/new?for=checkout">A new address</a>
      </p>
    </>
  );
}

function AddressChoices({ asked, addresses }: { asked: Asked; addresses: CheckoutView['addresses'] }) {
  return (
    <ul className="choices">
      {addresses.map((address) => (
        <li key={address.id}>
          <a
            className="choice"
            href={choosing(asked, { address: address.id })}
            aria-current={address.id === asked.address ? 'true' : undefined}
          >
            <Address address={address} />
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The ways in which it could come, and what each costs. */
export function Services({ asked, view }: { asked: Asked; view: ViewWithMeta<CheckoutView> }) {
  const { services, obstacle, meta } = view;
  if (obstacle !== undefined)
    return <p className="notice">Something in your cart can’t be had right now. Take it out, or look again later.</p>;
  if (services === undefined) return <Notice meta={meta} section="services" what="Ways to send it" />;
  if (services.length === 0) return <p className="notice">Nobody carries this to that address. Choose another one.</p>;
  const chosen = chosenOf(view, asked)?.service;
  return (
    <ul className="choices">
      {services.map(({ service, carrier, price, days: { from, to } }) => (
        <li key={service}>
          <a
            className="choice"
            href={choosing(asked, { service })}
            aria-current={service === chosen ? 'true' : undefined}
          >
            <span className="choice-head">
              <strong>{service[0]?.toUpperCase() + service.slice(1)}</strong>
              <span>{money(price)}</span>
            </span>
            <span className="soft small">
              {carrier},{' '}
              {from === to ? (to === 1 ? '1 working day' : `${to} working days`) : `${from} to ${to} working days`}
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The way that was chosen, else the cheapest. */
export function chosenOf({ services = [] }: CheckoutView, { service }: Asked) {
  return services.find((one) => one.service === service) ?? services[0];
}
