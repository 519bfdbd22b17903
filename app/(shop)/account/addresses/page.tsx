import type { Metadata } from 'next';
import { formOutcome, read } from '#app/adapter.ts';
import { Address } from '#app/components/address.tsx';
import { Outcome } from '#app/components/forms/outcome.tsx';
import { Pages } from '#app/components/pages.tsx';
import { Empty } from '#app/components/states/empty.tsx';
import { guarded } from '#app/guarded.tsx';
import { flat, type Query } from '#app/query.ts';
import { createAddress, deleteAddress, listAddresses, replaceAddress } from '#operations/account/addresses.ts';
import { AccountFrame } from '../frame.tsx';

interface Props {
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: 'Your addresses' };

export default function AddressesPage(props: Props) {
  return guarded(() => addressesPage(props));
}

async function addressesPage({ searchParams }: Props) {
  const { cursor, scenario, form } = flat(await searchParams);
  const { items, next } = await read(listAddresses, { limit: '6', cursor, scenario });
  const [created, replaced, removed] = await Promise.all(
    [createAddress, replaceAddress, deleteAddress].map((operation) => formOutcome(operation, form)),
  );
  return (
    <AccountFrame title="Your addresses" current="/account/addresses">
      <Outcome outcome={created ?? replaced} done="Your address is kept." />
      <Outcome outcome={removed} done="The address is gone. Orders that go there already still do." />
      {items.length === 0 ? (
        <Empty title="There is no address yet">
          <p className="soft">An order needs one; you can add it here, or when you order.</p>
          <AddOne />
        </Empty>
      ) : (
        <>
          <ul className="panels">
            {items.map((address) => (
              <li key={address.id} className="panel">
                <Address address={address} />
                <p>
                  <a href={`/account/addresses/${address.id}`}>
                    Change<span className="visually-hidden">{` ${address.name}, ${address.line1}`}</span>
                  </a>
                </p>
              </li>
            ))}
          </ul>
          <AddOne />
        </>
      )}
      <Pages path="/account/addresses" query={{ scenario }} cursor={cursor} next={next} />
    </AccountFrame>
  );
}

function AddOne() {
  return (
    <p>
      <a className="button" href="/account/addresses/new">
        Add an address
      </a>
    </p>
  );
}
