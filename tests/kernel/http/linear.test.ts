import { expect, test } from 'vitest';
import { z } from 'zod';
import { movedTo } from '#config/public-origin.ts';
import { shownCall, shownTarget } from '#inspector/requests/shown-target.ts';
import { parseStrictJson } from '#kernel/base/json/strict-json.ts';
import { parseVersion } from '#kernel/base/version.ts';
import { parseMediaType, quoted, splitField } from '#kernel/http/negotiation/fields.ts';
import { acceptable, coding, readRanges } from '#kernel/http/negotiation/negotiate.ts';
import { evaluateRead, parseEntityTags, versionsNamed } from '#kernel/http/negotiation/preconditions.ts';
import { nearest } from '#kernel/http/request/field-error.ts';
import { decodeForm } from '#kernel/http/request/form-body.ts';
import { canonicalTarget, readQuery } from '#kernel/http/request/target.ts';
import { readPairs } from '#kernel/http/request/urlencoded.ts';
import { readBuild } from '#kernel/http/response/app-version.ts';
import { clientAddress, clientAddressAppended } from '#kernel/http/security/client-address.ts';
import { idempotencyKey } from '#kernel/http/write/idempotency-key.ts';
import { cookieJar, cookieOf, declaredCookies } from '#kernel/identity/cookies.ts';
import { baggageFrom } from '#kernel/telemetry/context/baggage.ts';
import { traceFrom, traceStateFrom } from '#kernel/telemetry/context/trace-context.ts';
import { requestIdFrom } from '#kernel/telemetry/ids.ts';
import { positionOf } from '#operations/shape/cursor.ts';
import { LocalPath } from '#schemas/view/local-path.ts';
import { EventsInput } from '#schemas/view/server/events.ts';
import { createSignatures } from '#services/webhooks/signatures.ts';

const SEPARATORS = [...' \t;,=&"\\/%+.-_:?#|0a'];
/** Eight times what a header may be: whatever takes quadratic time over it hangs. */
const LONG = 16_384 * 8;

const jar = cookieJar('http://shop.test');
const Form = z.object({ name: z.string() });
const NONE: readonly string[] = [];
const signatures = createSignatures(
  { stripe: ['s'.repeat(16)], github: ['s'.repeat(16)], clerk: NONE, upstream: [`whsec_${'a'.repeat(32)}`] },
  () => 0,
);
const ETAG = '"a"';

/** Everything that reads text of strangers: what it makes of a run of one sign, and what it should. */
const PARSERS: Readonly<Record<string, (run: string) => unknown>> = {
  'a cookie before it': (run) => expect(cookieOf(`sid=x;${run}`, 'sid')).toBe('x'),
  'a cookie behind it': (run) => expect(cookieOf(`a=${run};sid=x`, 'sid')).toBe('x'),
  'a cookie within it': (run) => expect(cookieOf(`a${run}a=${run}a;sid=x`, 'sid')).toBe('x'),
  'our own cookies': (run) => expect(declaredCookies(jar, ['a*'], `a${run}b=c${run}c;a1=x`)).toMatchObject({ a1: 'x' }),
  'a list': (run) => expect(splitField(`a,"${run.replaceAll(/["\\]/g, 'b')}"`, ',')).toHaveLength(2),
  'a list without quotes': (run) => expect(splitField(`${run}a${run}`, ',').join()).toContain('a'),
  'a media type': (run) => expect(parseMediaType(`text/${run}a;${run}`)?.parameters.size ?? 0).toBe(0),
  'ranges of media': (run) => expect(readRanges(`a/b,${run}`)[0]?.type ?? 'a/b').toBe('a/b'),
  Accept: (run) => expect(acceptable(`text/html${run}`, ['application/json'])).toBe('application/json'),
  'Accept-Encoding': (run) => expect(coding(`br${run}`, ['br', 'gzip'])).toBe('identity'),
  'entity-tags': (run) => expect(parseEntityTags(`${run}~`)).toBeUndefined(),
  'If-None-Match': (run) => expect(evaluateRead({ ifNoneMatch: `${run}~` }, ETAG)).toBe('proceed'),
  'If-Match': (run) => expect(evaluateRead({ ifMatch: `${run}~` }, ETAG)).toBe('precondition-failed'),
  'versions in If-Match': (run) => expect(versionsNamed(`${run}~`)).toEqual([]),
  pairs: (run) => expect(readPairs(`${run}`, { max: 4, lines: true }).pairs.length).toBeLessThan(5),
  'a query': (run) => expect(readQuery(`/?${run}`).tooLong).toBe(true),
  'a short query': (run) => expect(readQuery(`/?a=1&${run.slice(0, 8_000)}`).query.a).toBe('1'),
  'a list in a query': (run) => expect(readQuery(`/?parts[${run.slice(0, 8_000)}=1`).path).toBe('/'),
  'a form': (run) => expect(decodeForm(`name=a&${run}`, Form).fields.name).toBe('a'),
  'a form’s value': (run) => expect(decodeForm(`${run}=${run}&name=a`, Form).errors.length).toBeLessThan(300),
  'a cursor': (run) => expect(() => positionOf(`${run}~`)).toThrow(),
  'what a stream watches': (run) => expect(EventsInput.safeParse({ watch: `,/${run}` }).success).toBe(false),
  'what a stream listens to': (run) => expect(EventsInput.safeParse({ topics: run }).success).toBe(false),
  'a Host': (run) => expect(movedTo('http://localhost:3000', `127.0.0.1${run}a`, '/')).toBeUndefined(),
  'a target': (run) => expect(canonicalTarget(`/a?${run}`)).toBeUndefined(),
  'a path': (run) => expect(canonicalTarget(`/${run}`)?.length ?? 0).toBeLessThanOrEqual(run.length),
  'X-Forwarded-For': (run) => expect(clientAddress('192.0.2.1', `${run},x`, 1)).toBe('192.0.2.1'),
  'X-Forwarded-For with the peer': (run) => expect(clientAddressAppended(`${run},192.0.2.1`, 0)).toBe('192.0.2.1'),
  'a key': (run) =>
    expect(idempotencyKey({ writes: undefined } as never, `"${run}`)).toMatchObject({ slug: 'invalid-request' }),
  'a request id': (run) => expect(requestIdFrom(run).length).toBeLessThan(65),
  'a trace id': (run) =>
    expect(traceFrom({ traceparent: `00-${run}`, tracestate: run, baggage: run }, ['a']).traceId).toHaveLength(32),
  'a trace state': (run) => expect(traceStateFrom(`a=${run}`)?.length ?? 0).toBeLessThan(513),
  baggage: (run) => expect(baggageFrom(`a=${run};${run}`, ['a'])?.length ?? 0).toBeLessThan(8_193),
  'a build': (run) => expect(readBuild(`ios/${run}`)).toBeUndefined(),
  'a version': (run) => expect(parseVersion(`1.${run}`)).toBeUndefined(),
  'a word that is meant': (run) => expect(nearest(run, ['name'])).toBeUndefined(),
  'what is quoted': (run) => expect(quoted(run, 64).length).toBeLessThan(131),
  'JSON’s strings': (run) => expect(parseStrictJson(JSON.stringify({ run }), { depth: 2 })).toEqual({ run }),
  'what is no JSON': (run) => expect(() => parseStrictJson(`[1,${run}x`, { depth: 2 })).toThrow(),
  'JSON’s blanks': (run) => expect(parseStrictJson(`[1${run.replaceAll(/[^ \t]/g, ' ')}]`, { depth: 2 })).toEqual([1]),
  'where a form leads': (run) => expect(LocalPath.safeParse(`/a ${run}`).success).toBe(false),
  'what the inspector shows of a call': (run) => expect(shownCall(`GET /a?b=1&${run}`, true)).toContain('b=…'),
  'what it shows of a target': (run) =>
    expect(shownTarget({ target: `/a?b=1&${run}` }, undefined, true)).toContain('b=…'),
};

/** Characters, and eight times as many: linear work is eight times as much then, quadratic work 64 times. */
const [SHORT, MORE] = [4_096, 32_768];
const MOST_GROWTH = 24;
/** Microseconds of CPU below which growth is the clock's and the collector's. */
const NOTHING = 50_000;

function cost(work: () => void): number {
  const costs = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...costs);
}

test.each(Object.entries(PARSERS))('%s is read in linear time, whatever is repeated', (_, read) => {
  for (const separator of SEPARATORS) {
    const more = cost(() => read(separator.repeat(MORE)));
    if (more > NOTHING) expect(more / cost(() => read(separator.repeat(SHORT)))).toBeLessThan(MOST_GROWTH);
    read(separator.repeat(LONG));
  }
});

test('signatures are looked for in linear time, whatever is repeated', async () => {
  for (const separator of SEPARATORS) {
    const run = separator.repeat(LONG);
    const headers = {
      'stripe-signature': `t=1,v1=${run}`,
      'x-hub-signature-256': `sha256=${run}`,
      'webhook-id': run,
      'webhook-timestamp': run,
      'webhook-signature': `v1,${run}`,
    };
    for (const verify of [signatures.stripe, signatures.github, signatures.upstream])
      expect(await verify(headers, Buffer.from('{}'))).toBe(false);
  }
});
