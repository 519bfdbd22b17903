import { describe, expect, test } from 'vitest';
import { settingsOf } from '#config/configuration.ts';
import { readEnv } from '#config/env.ts';
import { toPairs } from '#config/trace-export.ts';

const BASE = 'http://collector:4318';

describe('where traces go', () => {
  test('nowhere, if no collector is named', () => {
    expect(readEnv({ OTEL_EXPORTER_OTLP_HEADERS: 'a=1', OTEL_SERVICE_NAME: 'shop' }).traceExport).toBeUndefined();
  });

  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: BASE }, `${BASE}/v1/traces`],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: `${BASE}/` }, `${BASE}/v1/traces`],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: `${BASE}/otlp` }, `${BASE}/otlp/v1/traces`],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${BASE}/here` }, `${BASE}/here`],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: BASE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${BASE}/here` }, `${BASE}/here`],
  ])('%j is %s', (env, url) => {
    expect(readEnv(env).traceExport?.url).toBe(url);
  });

  test('with header fields, a name and attributes: what is said of traces alone wins, and the name over the attribute', () => {
    const { traceExport } = readEnv({
      OTEL_EXPORTER_OTLP_ENDPOINT: BASE,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, tenant=x=y',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'tenant=z',
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,service.version=2.4.0',
    });
    expect(traceExport).toEqual({
      url: `${BASE}/v1/traces`,
      headers: { 'api-key': 'a b', tenant: 'z' },
      resource: { 'service.name': 'shop', 'service.version': '2.4.0' },
      ratio: 0.1,
      slow: undefined,
    });
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'swordfish'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', 'all'],
    ['TRACES_SLOW_MS', '0'],
    ['BAGGAGE_KEYS', 'a key'],
  ])('%s=%s is refused with a sentence, in which no key is', (name, value) => {
    const said = () => readEnv({ [name]: value });
    expect(said).toThrow(new RegExp(`${name}=.* is not .+ Example: ${name}=`));
    expect(said).not.toThrow('swordfish');
  });

  test('the header fields are no part of what the inspector shows', () => {
    const given = { OTEL_EXPORTER_OTLP_ENDPOINT: BASE, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=swordfish' };
    const settings = settingsOf(readEnv(given), given, given);
    expect(JSON.stringify(settings)).not.toContain('swordfish');
    expect(settings.find(({ name }) => name === 'OTEL_EXPORTER_OTLP_ENDPOINT')?.value).toBe(BASE);
  });
});

test('pairs are read as baggage is, or not at all', () => {
  expect(toPairs('a=1,b=%2C')).toEqual({ a: '1', b: ',' });
  expect(toPairs('__proto__=1')).toEqual(Object.fromEntries([['__proto__', '1']]));
  for (const bad of ['', 'a', 'a=1,', '=1', 'a b=1', 'a=\u00e9', 'a=%']) expect(toPairs(bad), bad).toBeUndefined();
});
