import { formOutcome } from '#app/adapter.ts';
import { FormFields } from '#app/components/forms/form-fields.tsx';
import { Outcome } from '#app/components/forms/outcome.tsx';
import { keyAfter } from '#app/key-after.ts';
import { createAddress } from '#operations/account/addresses.ts';
import { AddressFields } from './address-fields.tsx';

interface Props {
  /** The id of the outcome of a form that this page has sent. */
  readonly form: string | undefined;
  /** The page after success; `{id}` in it is the new address. */
  readonly then: string;
  readonly submit: string;
}

/** The form for an address that is not there yet. */
export async function NewAddress({ form, then, submit }: Props) {
  const outcome = await formOutcome(createAddress, form);
  return (
    <form className="form" id="new-address" method="post" action="/api/addresses" aria-label="New address">
      <Outcome outcome={outcome} />
      <FormFields once={keyAfter(outcome)} then={then} />
      <AddressFields outcome={outcome} />
      <button className="button" type="submit">
        {submit}
      </button>
    </form>
  );
}
