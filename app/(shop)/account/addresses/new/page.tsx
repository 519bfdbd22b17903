import type { Metadata } from 'next';
import { AccountFrame } from '#app/(shop)/account/frame.tsx';
import { requireSignIn } from '#app/adapter.ts';
import { guarded } from '#app/guarded.tsx';
import { flat, type Query } from '#app/query.ts';
import { NewAddress } from '../new-address.tsx';

interface Props {
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: 'New address' };

export default function NewAddressPage(props: Props) {
  return guarded(() => newAddressPage(props));
}

async function newAddressPage({ searchParams }: Props) {
  const { form, for: purpose } = flat(await searchParams);
  await requireSignIn();
  const forOrder = purpose === 'checkout';
  return (
    <AccountFrame title="New address" current="/account/addresses">
      <NewAddress
        form={form}
        then={forOrder ? '/checkout?address={id}' : '/account/addresses'}
        submit={forOrder ? 'Send it here' : 'Save address'}
      />
      <p>
        <a href={forOrder ? '/checkout' : '/account/addresses'}>Back without it</a>
      </p>
    </AccountFrame>
  );
}
