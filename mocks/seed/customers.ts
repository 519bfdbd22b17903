import { accountOf } from '../identity/accounts.ts';
import { PRODUCT_COUNT, productAt, type SeedProduct } from './products.ts';
import { between, pick, randomFrom } from './random.ts';

const DAY = 86_400_000;
const NEWEST = Date.UTC(2026, 10, 20, 9, 30);
const JOINED = Date.UTC(2023, 2, 14, 8);

/** Who has a past with the shop: how many addresses and orders. */
const PASTS: Readonly<Record<string, { index: number; addresses: number; orders: number; isGold: boolean }>> = {
  ada: { index: 0, addresses: 3, orders: 8, isGold: true },
  bo: { index: 1, addresses: 12, orders: 3, isGold: false },
  chen: { index: 2, addresses: 2, orders: 0, isGold: false },
};

const STREETS = 'Storgata, Harbour Street, Rue des Tanneurs, Lindenweg, Canal Row, Ulica Długa, Mill Lane'.split(', ');
const CITIES = [
  { city: 'Oslo', region: null, postalCode: '0155', countryCode: 'NO' },
  { city: 'Rotterdam', region: 'Zuid-Holland', postalCode: '3011 AD', countryCode: 'NL' },
  { city: 'Gdańsk', region: null, postalCode: '80-831', countryCode: 'PL' },
  { city: 'Lyon', region: 'Auvergne-Rhône-Alpes', postalCode: '69002', countryCode: 'FR' },
  { city: 'Leeds', region: null, postalCode: 'LS1 4DY', countryCode: 'GB' },
  { city: 'Portland', region: 'OR', postalCode: '97205', countryCode: 'US' },
] as const;
/** From the newest order back. */
const STATUSES = [
  'paid',
  'packed',
  'shipped',
  'delivered',
  'cancelled',
  'delivered',
  'delivered',
  'delivered',
] as const;
const VERSIONS = { paid: 2, packed: 3, shipped: 4, delivered: 5, cancelled: 2 } as const;

export interface SeedAddress {
  readonly id: string;
  readonly fullName: string;
  readonly line1: string;
  readonly line2: string | null;
  readonly city: string;
  readonly region: string | null;
  readonly postalCode: string;
  readonly countryCode: string;
  readonly phone: string | null;
  readonly createdAt: number;
}

export interface SeedOrder {
  readonly id: string;
  readonly placedAt: number;
  readonly status: (typeof STATUSES)[number];
  readonly version: number;
  readonly lines: readonly { readonly product: SeedProduct; readonly quantity: number }[];
  readonly shippingCents: number;
  readonly address: SeedAddress;
  readonly shipmentId: string | null;
}

/** A customer of the shop, as all upstreams know them. */
export interface SeedCustomer {
  readonly subject: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly phone: string | null;
  readonly joinedAt: number;
  readonly isGold: boolean;
  /** Oldest first. */
  readonly addresses: readonly SeedAddress[];
  /** Newest first. */
  readonly orders: readonly SeedOrder[];
}

/** The customer of this subject: any subject is a customer, but few have a past. */
export function customerOf(subject: string): SeedCustomer {
  const { given_name: givenName, family_name: familyName } = accountOf(subject);
  const past = Object.hasOwn(PASTS, subject) ? PASTS[subject] : undefined;
  const addresses = past ? addressesOf(past.index, past.addresses, `${givenName} ${familyName}`) : [];
  return {
    subject,
    givenName,
    familyName,
    // A subject may have letters that an address can't.
    email: `${subject.toLowerCase().replace(/[^\w-]+/g, '-')}@example.com`,
    phone: past ? phoneOf(past.index) : null,
    joinedAt: JOINED + (past?.index ?? 0) * 97 * DAY,
    isGold: past?.isGold ?? false,
    addresses,
    orders: past ? ordersOf(past.index, past.orders, addresses) : [],
  };
}

/** The order that was sent as this shipment; undefined where there is none. */
export function shippedAs(shipmentId: string): SeedOrder | undefined {
  return Object.keys(PASTS)
    .flatMap((subject) => customerOf(subject).orders)
    .find((order) => order.shipmentId === shipmentId);
}

/** Six digits from the customer and the index among their things. */
const digits = (customer: number, index: number) => String(100_000 + customer * 1_000 + index);
const phoneOf = (index: number) => `+4755501${String(index).padStart(3, '0')}`;

function addressesOf(customer: number, count: number, fullName: string): SeedAddress[] {
  return Array.from({ length: count }, (_, index) => {
    const random = randomFrom(customer * 101 + index + 11);
    return {
      id: `a-${digits(customer, index + 1)}`,
      fullName,
      line1: `${pick(random, STREETS)} ${between(random, 1, 140)}`,
      line2: random() < 0.3 ? `Floor ${between(random, 2, 6)}` : null,
      ...pick(random, CITIES),
      phone: index === 0 ? phoneOf(customer) : null,
      createdAt: JOINED + (customer * 97 + index * 30) * DAY,
    };
  });
}

function ordersOf(customer: number, count: number, addresses: readonly SeedAddress[]): SeedOrder[] {
  return Array.from({ length: count }, (_, index) => {
    const random = randomFrom(customer * 1_013 + index + 5);
    const number = digits(customer, count - index);
    const status = STATUSES[index % STATUSES.length] ?? 'delivered';
    return {
      id: `o-${number}`,
      placedAt: NEWEST - index * 37 * DAY - between(random, 0, 20 * 60) * 60_000,
      status,
      version: VERSIONS[status],
      lines: Array.from({ length: between(random, 1, 4) }, () => ({
        product: productAt(between(random, 0, PRODUCT_COUNT - 1)),
        quantity: between(random, 1, 3),
      })),
      shippingCents: pick(random, [0, 490, 990]),
      address: pick(random, addresses),
      shipmentId: status === 'shipped' || status === 'delivered' ? `s-${number}` : null,
    };
  });
}
