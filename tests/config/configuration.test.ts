import fc from 'fast-check';
import { expect, test } from 'vitest';
import { issuesAhead, settingsOf, unknownIn } from '#config/configuration.ts';
import { readEnv } from '#config/env.ts';
import { ALL_VARIABLES } from '#config/env-variables.ts';
import { isSecret } from '#config/secrets/secrets.ts';

const told = (given: Record<string, string>, file: Record<string, string> = {}) =>
  Object.fromEntries(settingsOf(readEnv({}), given, file).map((setting) => [setting.name, setting]));

test('every variable is listed with where its value comes from', () => {
  const settings = told({ PORT: '8080', LOG_LEVEL: 'warn', HOST: '' }, { LOG_LEVEL: 'warn', PORT: '9090' });
  expect(Object.keys(settings)).toEqual(Object.keys(ALL_VARIABLES));
  expect(settings.PORT).toMatchObject({ value: '8080', origin: 'environment', inFile: '9090' });
  expect(settings.LOG_LEVEL).toMatchObject({ value: 'warn', origin: '.env' });
  expect(settings.HOST).toMatchObject({ value: '127.0.0.1', origin: 'default' });
  expect([settings.MOCKS?.value, settings.INSPECTOR?.value]).toEqual(['on', 'on']);
  expect(settings.CATALOG_URL?.value).toBe('its mock, http://127.0.0.1:4000/catalog/');
});

test('no secret is shown, in full or in part, from wherever it comes', () => {
  const secrets = Object.keys(ALL_VARIABLES).filter(isSecret);
  expect(secrets.length).toBeGreaterThan(6);
  const secret = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnop0123456789'), minLength: 16, maxLength: 40 });
  fc.assert(
    fc.property(fc.constantFrom(...secrets), secret, secret, (name, given, file) => {
      const text = JSON.stringify(told({ [name]: given }, { [name]: file })[name]);
      expect(text).not.toContain(given.slice(0, 6));
      expect(text).not.toContain(file.slice(0, 6));
    }),
  );
  expect(told({ IDENTITY_URL: 'https://me:hunter22@login.example.com' }).IDENTITY_URL?.value).toBe(
    'https://…@login.example.com',
  );
});

test('what would not start any more is said before it is started', () => {
  expect(issuesAhead({}, {})).toEqual([]);
  const faults = issuesAhead({}, { PORT: 'eighty', MOCKS: 'perhaps' });
  expect(faults).toHaveLength(2);
  expect(faults[0]).toMatch(/^PORT=eighty is not a port/);
  expect(unknownIn({ CATALOGUE_URL: 'x', PORT: '1', NEXT_TELEMETRY_DISABLED: '1' })).toEqual(['CATALOGUE_URL']);
});
