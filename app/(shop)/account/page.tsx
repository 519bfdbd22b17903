import type { Metadata } from 'next';
import { OrderRows } from '#app/(shop)/orders/rows.tsx';
import { open } from '#app/adapter.ts';
import { Address } from '#app/components/address.tsx';
import { Rail } from '#app/components/catalog/rail.tsx';
import { WithoutScripts } from '#app/components/states/complete.tsx';
import { Late } from '#app/components/states/late.tsx';
import { Notice } from '#app/components/states/notice.tsx';
import { day } from '#app/dates.ts';
import { guarded } from '#app/guarded.tsx';
import { settled } from '#app/opened.ts';
import { flat, type Query } from '#app/query.ts';
import type { ViewWithMeta } from '#kernel/http/pages/page.ts';
import { getAccount } from '#operations/account/account.ts';
import type { AccountView } from '#schemas/view/account/account.ts';
import { AccountFrame } from './frame.tsx';

interface Props {
  readonly searchParams: Promise<Query>;
}

interface Part {
  readonly view: ViewWithMeta<AccountView>;
}

export const metadata: Metadata = { title: 'Your account' };

export default function AccountPage(props: Props) {
  return guarded(() => accountPage(props));
}

async function accountPage({ searchParams }: Props) {
  const query = flat(await searchParams);
  const complete = query.whole === '1';
  const opened = await open(getAccount, { scenario: query.scenario });
  const { first, late } = complete ? await settled(opened) : opened;
  return (
    <>
      {!complete && <WithoutScripts path="/account" query={query} />}
      <AccountFrame title={`Hello, ${first.name.split(' ', 1)[0]}`} current="/account">
        <div className="panels">
          <Profile view={first} />
          <section className="panel" aria-labelledby="parcels">
            <h2 id="parcels">Where parcels go</h2>
            <Late first={first} later={late.address} size="block">
              {(view) => <DefaultAddress view={view} />}
            </Late>
          </section>
        </div>
        <section className="section" aria-labelledby="recent">
          <h2 id="recent">Latest orders</h2>
          <Late first={first} later={late.orders} size="block">
            {(view) => <Orders view={view} />}
          </Late>
        </section>
        <Late first={first} later={late.suggested} size="block">
          {(view) => <Suggested view={view} />}
        </Late>
      </AccountFrame>
    </>
  );
}

function Profile({ view: { name, email, phone, memberSince, tier } }: Part) {
  return (
    <section className="panel" aria-labelledby="profile">
      <h2 id="profile">You</h2>
      <dl className="facts-list">
        <div>
          <dt>Name</dt>
          <dd>{name}</dd>
        </div>
        <div>
          <dt>Email</dt>
          <dd>{email}</dd>
        </div>
        {phone && (
          <div>
            <dt>Phone</dt>
            <dd>{phone}</dd>
          </div>
        )}
        <div>
          <dt>Customer since</dt>
          <dd>
            {day(memberSince)}
            {tier === 'gold' && ', gold'}
          </dd>
        </div>
      </dl>
    </section>
  );
}

function DefaultAddress({ view: { address, meta } }: Part) {
  if (address) {
    return (
      <>
        <Address address={address} />
        <p>
          <a href="/account/addresses">All addresses</a>
        </p>
      </>
    );
  }
  if (meta.sections.address) return <Notice meta={meta} section="address" what="Your address" />;
  return (
    <>
      <p className="soft">You have not named an address yet.</p>
      <p>
        <a href="/account/addresses/new">Add one</a>
      </p>
    </>
  );
}

function Orders({ view: { orders, meta } }: Part) {
  if (orders === undefined) return <Notice meta={meta} section="orders" what="Your orders" />;
  if (orders.length === 0) return <p className="soft">You have not ordered anything yet.</p>;
  return (
    <>
      <OrderRows orders={orders} />
      <p>
        <a href="/orders">All orders</a>
      </p>
    </>
  );
}

function Suggested({ view: { suggested, meta } }: Part) {
  if (suggested?.length === 0) return null;
  return (
    <div className="section">
      <Notice meta={meta} section="suggested" what="Suggestions" />
      <Notice meta={meta} section="suggested.prices" what="Their prices" />
      {suggested && <Rail title="You may like" products={suggested} />}
    </div>
  );
}
