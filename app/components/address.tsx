import { countryName } from '#app/(shop)/account/addresses/countries.ts';

interface Props {
  readonly address: {
    readonly name: string;
    readonly line1: string;
    readonly line2?: string | undefined;
    readonly postalCode: string;
    readonly city: string;
    readonly region?: string | undefined;
    readonly country: string;
    readonly phone?: string | undefined;
  };
}

/** An address as it stands on a parcel. */
export function Address({ address: { name, line1, line2, postalCode, city, region, country, phone } }: Props) {
  const lines = [line1, line2, `${postalCode} ${city}`, region, countryName(country), phone];
  return (
    <address>
      <strong>{name}</strong>
      {lines.map((line, index) => line && <span key={index}>{line}</span>)}
    </address>
  );
}
