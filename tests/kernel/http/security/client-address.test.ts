import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientAddress, clientAddressAppended, networkOf } from '#kernel/http/security/client-address.ts';

const PEER = '192.0.2.7';
const garbage = fc.oneof(
  fc.string(),
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('', 'unknown', '_hidden', '999.1.1.1', '1.2.3', '::1::', '[::1', '1.2.3.4:x'),
);
const noComma = garbage.map((text) => text.replaceAll(',', ''));

describe('the address of a client', () => {
  test('is the peer’s where no proxy is trusted, whatever is forwarded', () => {
    fc.assert(fc.property(garbage, (forwarded) => clientAddress(PEER, forwarded, 0) === PEER));
  });

  test('is what the outermost trusted proxy has seen: nothing written before it changes that', () => {
    fc.assert(
      fc.property(
        fc.array(noComma, { maxLength: 5 }),
        fc.ipV4(),
        fc.array(noComma, { maxLength: 4 }),
        (spoofed, client, proxies) => {
          const forwarded = [...spoofed, client, ...proxies].join(',');
          expect(clientAddress(PEER, forwarded, proxies.length + 1)).toBe(client);
          // A host that hides its socket says the same.
          expect(clientAddressAppended(`${forwarded}, ${PEER}`, proxies.length + 1)).toBe(client);
        },
      ),
    );
  });

  test.each([undefined, '', ',', 'unknown', '_hidden', '1.2.3', '1.2.3.4.5', '1.2.3.4:x', '[::1', 'evil\u0000'])(
    'is the peer’s where the proxy’s entry is %j',
    (forwarded) => {
      expect(clientAddress(PEER, forwarded, 1)).toBe(PEER);
      expect(clientAddressAppended(`${forwarded ?? ''},${PEER}`, 1)).toBe(PEER);
    },
  );

  test('is the peer’s where fewer proxies have written than are trusted', () => {
    expect(clientAddress(PEER, '198.51.100.1', 2)).toBe(PEER);
    expect(clientAddressAppended(PEER, 2)).toBe(PEER);
  });

  test.each([
    ['198.51.100.1:4711', '198.51.100.1'],
    [' 198.51.100.1 ', '198.51.100.1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:198.51.100.1', '198.51.100.1'],
    ['::FFFF:c633:6401', '198.51.100.1'],
    ['0:0:0:0:0:ffff:198.51.100.1', '198.51.100.1'],
  ])('of the entry %j is %s', (entry, address) => expect(clientAddress(PEER, entry, 1)).toBe(address));

  test('is unknown where no header says it', () => {
    expect([clientAddress(undefined, undefined, 0), clientAddressAppended(undefined, 0)]).toEqual([
      'unknown',
      'unknown',
    ]);
  });
});

describe('the network of an address', () => {
  test('is the address itself for IPv4', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => networkOf(address) === address));
  });

  test('is one for a /64 of IPv6, however it is written, and another for the next', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const four = fc.tuple(group, group, group, group);
    const written = (groups: readonly number[]) => groups.map((one) => one.toString(16)).join(':');
    fc.assert(
      fc.property(four, four, four, (prefix, one, other) => {
        const network = networkOf(written([...prefix, ...one]));
        expect(networkOf(written([...prefix, ...other]).toUpperCase())).toBe(network);
        const next = [prefix[0], prefix[1], prefix[2], prefix[3] ^ 1];
        expect(networkOf(written([...next, ...one]))).not.toBe(network);
      }),
    );
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(networkOf('::1')).toBe('0:0:0:0::/64');
    expect(networkOf('2001:0db8:0000::192.0.2.1')).toBe('2001:db8:0:0::/64');
  });
});
