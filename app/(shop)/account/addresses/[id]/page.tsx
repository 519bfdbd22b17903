import type { Metadata } from 'next';
import { AccountFrame } from '#app/(shop)/account/frame.tsx';
import { formOutcome, readVersioned } from '#app/adapter.ts';
import { Address } from '#app/components/address.tsx';
import { FormFields } from '#app/components/forms/form-fields.tsx';
import { Outcome } from '#app/components/forms/outcome.tsx';
import { guarded } from '#app/guarded.tsx';
import { flat, type Query } from '#app/query.ts';
import { deleteAddress, getAddress, replaceAddress } from '#operations/account/addresses.ts';
import { AddressFields } from '../address-fields.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: 'Change an address' };

const CHANGED = {
  'precondition-failed': 'Somebody has changed this address since you opened it, perhaps you in another tab.',
};

export default function AddressPage(props: Props) {
  return guarded(() => addressPage(props));
}

async function addressPage({ params, searchParams }: Props) {
  const { id } = await params;
  const { form, scenario } = flat(await searchParams);
  const { view: address, etag } = await readVersioned(getAddress, { id, scenario });
  const [replaced, removed] = await Promise.all([formOutcome(replaceAddress, form), formOutcome(deleteAddress, form)]);
  const conflict = replaced?.problem?.code === 'precondition-failed';
  return (
    <AccountFrame title="Change an address" current="/account/addresses">
      <Outcome outcome={replaced} words={CHANGED} />
      <Outcome outcome={removed} words={CHANGED} />
      {conflict && (
        <section className="panel" aria-labelledby="now">
          <h2 id="now">This is there now</h2>
          <Address address={address} />
          <p className="soft">
            What you typed stands below. Send it to put it in the place of this, or{' '}
            <a href={`/account/addresses/${id}`}>begin with what is there</a>.
          </p>
        </section>
      )}
      <form className="form" method="post" action={`/api/addresses/${id}?_method=PUT`} aria-label="The address">
        <FormFields match={etag} then="/account/addresses" />
        <AddressFields address={address} outcome={replaced} />
        <button className="button" type="submit">
          {conflict ? 'Replace it with mine' : 'Save address'}
        </button>
      </form>
      <div className="row">
        <a href="/account/addresses">Back without a change</a>
        <form method="post" action={`/api/addresses/${id}?_method=DELETE`} aria-label="Remove the address">
          <FormFields match={etag} then="/account/addresses" />
          <button className="quiet danger" type="submit">
            Remove this address
          </button>
        </form>
      </div>
    </AccountFrame>
  );
}
