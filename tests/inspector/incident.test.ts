import { expect, test } from 'vitest';
import { incidentOf } from '#inspector/requests/incident.ts';
import { readable } from '#inspector/requests/shown-target.ts';
import { verdictOf } from '#inspector/requests/verdict.ts';
import { waterfallOf } from '#inspector/requests/waterfall.ts';
import { traceOf } from './traces.ts';

const incident = (target: string): string => {
  const trace = traceOf({ target });
  const [verdict, waterfall] = [verdictOf(trace, { parts: [] }), waterfallOf(trace)];
  return incidentOf({ trace, verdict, waterfall, target, link: 'https://shop.example/inspector/requests/r-1' });
};

test('an address is code in an incident, whatever a client has written into it', () => {
  const [heading] = incident('/api/things?q=[pay](https://evil.example)`@everybody`').split('\n');
  expect(heading).toBe('## GET `/api/things?q=[pay](https://evil.example)%60@everybody%60`: 200 in 1.0 ms');
});

test('an address of many kilobytes takes no more room than another', () => {
  const long = `/api/things/${'a'.repeat(10_000)}`;
  expect(incident(long).length).toBeLessThan(600);
  expect(readable(long)).toMatch(/^\/api\/things\/a{148}…$/);
  expect(readable('/api/things/1')).toBe('/api/things/1');
});
