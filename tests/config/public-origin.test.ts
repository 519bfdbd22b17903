import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { movedTo } from '#config/public-origin.ts';

describe('a browser that came by another name of this machine', () => {
  test.each([
    ['https://localhost:8443', 'localhost:8443'],
    ['https://localhost', 'localhost'],
    ['https://localhost', 'localhost:443'],
    ['https://shop.localhost:8443', 'shop.localhost:8443'],
    ['https://127.0.0.1:8443', '127.0.0.1:8443'],
    ['https://[::1]:8443', '[::1]:8443'],
    ['http://localhost:3000', 'localhost:3000'],
    ['http://localhost:3000', 'LOCALHOST:3000'],
    ['http://localhost', 'localhost:80'],
  ])('is left where it is, at %s asked for as %s', (publicUrl, host) => {
    expect(movedTo(publicUrl, host, '/cart')).toBeUndefined();
  });

  test.each([
    ['http://localhost:3000', '127.0.0.1:3000'],
    ['http://localhost:3000', '[::1]:3000'],
    ['https://localhost:8443', '127.0.0.1:8443'],
    ['https://localhost', '127.0.0.1'],
  ])('is sent to %s from %s', (publicUrl, host) => {
    expect(movedTo(publicUrl, host, '/cart?x=1')).toBe(`${publicUrl}/cart?x=1`);
  });

  test.each([
    ['https://shop.example.com', 'localhost:3000'],
    ['http://localhost:3000', 'shop.example.com'],
    ['http://localhost:3000', '127.0.0.1:4000'],
    ['https://localhost:8443', 'a host'],
  ])('is left where %s has nothing to say of %s', (publicUrl, host) => {
    expect(movedTo(publicUrl, host, '/')).toBeUndefined();
  });

  test('is never sent to where it is already', () => {
    const names = fc.constantFrom('localhost', 'LocalHost', '127.0.0.1', '127.0.0.2', '[::1]', 'shop.localhost');
    const ports = fc.constantFrom('', ':80', ':443', ':3000', ':8443');
    fc.assert(
      fc.property(fc.constantFrom('http', 'https'), names, ports, names, ports, (scheme, name, port, asked, at) => {
        const { origin } = new URL(`${scheme}://${name}${port}`);
        const moved = movedTo(origin, asked + at, '/');
        // A proxy that hands on what the browser names asks the next time for this.
        if (moved !== undefined) expect(movedTo(origin, new URL(moved).host, '/')).toBeUndefined();
      }),
    );
  });
});
