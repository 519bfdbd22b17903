import { wrongIn } from '#app/components/forms/outcome.tsx';
import { invalid, TextField, Wrong } from '#app/components/forms/text-field.tsx';
import type { FormOutcome } from '#kernel/http/forms/form-outcome.ts';
import type { AddressDraft } from '#schemas/view/account/address.ts';
import { COUNTRIES } from './countries.ts';

interface Props {
  /** What stands in the fields, unless something else was typed. */
  readonly address?: Partial<AddressDraft>;
  readonly outcome: FormOutcome | undefined;
}

/** The controls of an address, with the typed values after a problem. */
export function AddressFields({ address = {}, outcome }: Props) {
  const typed = outcome?.problem ? outcome.values : undefined;
  // The stored number may have spaces, which a new one may not (E.164).
  const current = { ...address, phone: address.phone?.replace(/[^+\d]/g, '') };
  const field = (name: keyof AddressDraft) => ({
    name,
    defaultValue: (typed ? typed[name] : current[name]) ?? '',
    wrong: wrongIn(outcome, name),
  });
  const country = field('country');
  return (
    <>
      <TextField label="Full name" {...field('name')} required maxLength={80} autoComplete="name" />
      <TextField label="Street and number" {...field('line1')} required maxLength={100} autoComplete="address-line1" />
      <TextField label="Floor, company, care of" {...field('line2')} maxLength={100} autoComplete="address-line2" />
      <div className="field-row">
        <TextField label="Postal code" {...field('postalCode')} required maxLength={12} autoComplete="postal-code" />
        <TextField label="City" {...field('city')} required maxLength={80} autoComplete="address-level2" />
      </div>
      <TextField label="Region" {...field('region')} maxLength={80} autoComplete="address-level1" />
      <div className="field">
        <label htmlFor="country">Country</label>
        <select
          id="country"
          name="country"
          required
          autoComplete="country"
          defaultValue={country.defaultValue}
          {...invalid('country', country.wrong)}
        >
          <option value="">Choose one</option>
          {COUNTRIES.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
        <Wrong name="country" wrong={country.wrong} />
      </div>
      <TextField label="Phone, such as +4930123456" {...field('phone')} type="tel" maxLength={20} autoComplete="tel" />
    </>
  );
}
