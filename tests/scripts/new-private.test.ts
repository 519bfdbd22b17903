import { describe, expect, test } from 'vitest';
import { shapeOf } from '#tests/support/inferred.ts';
import { withoutSecrets } from '../../scripts/new/answers/live-sample.ts';
import { masked, whyPrivate } from '../../scripts/new/answers/private.ts';
import { parseSample } from '../../scripts/new/answers/sample.ts';
import { hasPrivate, shapeOf as shapeOfText } from '../../scripts/new/shapes/shape.ts';

describe('private is', () => {
  test.each<[string, unknown, string]>([
    ['client_secret', 'pi_1', 'a secret'],
    ['accessToken', 'abc', 'a secret'],
    ['session_id', 'abc', 'a secret'],
    ['pin', 1234, 'a secret'],
    ['note', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.x', 'a secret'],
    ['id', 'sk_test_abcdefghijklmnop', 'a secret'],
    ['id', 'AKIAIOSFODNN7EXAMPLE', 'a secret'],
    ['id', 'glpat-abcdefghijklmnopqrst', 'a secret'],
    ['id', 'shpat_0123456789abcdef0123456789abcdef', 'a secret'],
    ['href', 'https://files.example/a.pdf?X-Amz-Signature=abcdef123456', 'a secret'],
    ['href', 'https://user:word@files.example/', 'a secret'],
    ['contact', 'ada@shop.example', 'an e-mail address'],
    ['customerEmail', 'none', 'an e-mail address'],
    ['billing_phone', 491234, 'a phone number'],
    ['call', '+49 (0)30 123-4567', 'a phone number'],
    ['call', '(202) 555-0100', 'a phone number'],
    ['note', '4242 4242 4242 4242', 'a card number'],
    ['iban', 'DE00', 'a number of an account'],
    ['last_name', 'Lovelace', 'a person’s name'],
    ['postal_code', '10119', 'an address'],
    ['date_of_birth', '1815-12-10', 'a personal detail'],
    ['ip_address', '192.0.2.1', 'a personal detail'],
  ])('%s: %j is %s', (key, value, why) => expect(whyPrivate(key, value)).toBe(why));

  test.each<[string, unknown]>([
    ['next_page_token', 'abc'],
    ['token_type', 'bearer'],
    ['total_tokens_count', 3],
    ['email_verified', true],
    ['email_count', 3],
    ['email', null],
    ['name', 'Desk lamp'],
    ['filename', 'a.pdf'],
    ['sku', '4242424242424241'],
    ['id', 'p-000042'],
    ['href', 'https://files.example/a.pdf?size=10'],
    ['at', '2026-11-23T09:30:00Z'],
    ['shipping_method', 'post'],
  ])('but %s: %j is not', (key, value) => expect(whyPrivate(key, value)).toBeUndefined());
});

describe('a seed', () => {
  const seed = (sample: unknown) => {
    const told: string[] = [];
    return { value: masked(sample, 'it', (path, why) => told.push(`${path}: ${why}`)), told };
  };

  test('has something of the same kind in the place of what is private, and it says where', () => {
    const buyer = {
      email: 'ada@shop.example',
      mobile: '+49301234567',
      date_of_birth: '1815-12-10',
      pin: 1234,
      vip: true,
    };
    const { value, told } = seed({ id: 1, buyer, tokens: ['a'], address: { city: 'Bath', floor: 2, verified: true } });
    expect(value).toEqual({
      id: 1,
      buyer: {
        email: 'somebody@example.com',
        mobile: '+12025550100',
        date_of_birth: '2000-01-01',
        pin: 0,
        vip: true,
      },
      tokens: ['a'],
      address: { city: '‹masked›', floor: 0, verified: true },
    });
    expect(told).toEqual([
      'it.buyer.email: an e-mail address',
      'it.buyer.mobile: a phone number',
      'it.buyer.date_of_birth: a personal detail',
      'it.buyer.pin: a secret',
      'it.address: an address',
    ]);
  });

  test('says no name beside an address by which its owner is reached', () => {
    const sample = { from: { name: 'Ada', zip: '10119' }, product: { name: 'Desk lamp' } };
    const { value, told } = seed(sample);
    expect(value).toEqual({ from: { name: '‹masked›', zip: '‹masked›' }, product: { name: 'Desk lamp' } });
    expect(told).toEqual(['it.from.name: a person’s name', 'it.from.zip: an address']);
    expect(shapeOf(sample).object?.get('from')?.shape.object?.get('name')?.shape.private).toBe('a person’s name');
  });

  test('names no one in its keys', () => {
    const { value, told } = seed({ members: { 'ada@shop.example': { role: 'owner' } } });
    expect(value).toEqual({ members: { 'somebody0@example.com': { role: 'owner' } } });
    expect(told).toEqual(['it.members.somebody0@example.com: its key was a person’s']);
  });

  test('has none of the credentials by which it was asked for', () => {
    const text = '{"you":{"sent":"as key-\\u0061bcdefgh"},"abcdefgh":{"n":20.0},"q":"x"}';
    const clean = withoutSecrets(parseSample(text), ['abcdefgh', 'as key-abcdefgh']);
    expect(clean.json).toBe('{"you":{"sent":"‹masked›"},"‹masked›":{"n":20.0},"q":"x"}');
    expect(seed(clean.value).value).toEqual({ you: { sent: '‹masked›' }, '‹masked›': { n: 20 }, q: 'x' });
    // Nor will a view show what has stood there.
    const shape = shapeOfText(clean.json);
    expect(shape.object?.get('you')?.shape.object?.get('sent')?.shape.private).toBe('a secret');
  });

  test('of a shape with something private is known by it', () => {
    expect(hasPrivate(shapeOf([{ a: { EUR: { email: 'x' } } }]))).toBe(true);
    expect(hasPrivate(shapeOf([{ a: { EUR: { name: 'x' } } }]))).toBe(false);
  });
});
