import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { WEBHOOK_SENDERS, type WebhookSender } from '#config/webhooks.ts';
import { createForms, createSignatures } from '#services/webhooks/signatures.ts';
import { drill as forged } from '#tests/drills/webhooks-forged.ts';
import { signWebhook } from '#tests/support/sign-webhook.ts';

const NOW = Date.UTC(2026, 10, 23, 7);
const SECRETS = {
  stripe: 'whsec_stripe-test-secret',
  github: 'a-github-test-secret',
  clerk: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  upstream: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
} as const;

interface Delivery {
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** A delivery as its sender makes it, `at` milliseconds since 1970. */
async function sign(sender: WebhookSender, secret: string, text: string, at = NOW): Promise<Delivery> {
  return { headers: await signWebhook(sender, text, { secret, at }), body: Buffer.from(text) };
}

const verifier = (secrets: Partial<Record<WebhookSender, readonly string[]>>, now = NOW) =>
  createSignatures({ stripe: [], github: [], clerk: [], upstream: [], ...secrets }, () => now);
const own = verifier(Object.fromEntries(WEBHOOK_SENDERS.map((sender) => [sender, [SECRETS[sender]]])));
const TEXT = JSON.stringify({ id: 'evt_1', type: 'x', text: 'é ✓ \u{1F600} \uFFFD', list: [1, 2, 3] });

describe('published vectors', () => {
  test('GitHub’s own', async () => {
    const { github } = verifier({ github: ["It's a Secret to Everybody"] });
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(await github({ 'x-hub-signature-256': signature }, Buffer.from('Hello, World!'))).toBe(true);
    expect(await github({ 'x-hub-signature-256': signature }, Buffer.from('Hello, World?'))).toBe(false);
  });

  test.each(['webhook', 'svix'])('Standard Webhooks’, under %s-*', async (prefix) => {
    const at = 1_614_265_330;
    const { upstream } = verifier({ upstream: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] }, at * 1_000);
    const headers = {
      [`${prefix}-id`]: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      [`${prefix}-timestamp`]: String(at),
      [`${prefix}-signature`]: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    expect(await upstream(headers, Buffer.from('{"test": 2432232314}'))).toBe(true);
  });

  test('Svix’', async () => {
    const at = 1_731_705_121;
    const { clerk } = verifier({ clerk: ['whsec_plJ3nmyCDGBKInavdOK15jsl'] }, at * 1_000);
    const headers = {
      'svix-id': 'msg_loFOjxBNrRLzqYUf',
      'svix-timestamp': String(at),
      'svix-signature': 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    };
    expect(await clerk(headers, Buffer.from('{"event_type":"ping","data":{"success":true}}'))).toBe(true);
  });

  test('Stripe’s scheme, computed by hand', async () => {
    const at = NOW / 1_000;
    const mac = createHmac('sha256', SECRETS.stripe).update(`${at}.${TEXT}`).digest('hex');
    const header = `t=${at},v1=${'0'.repeat(64)},v1=${mac},v0=${'1'.repeat(64)}`;
    expect(await own.stripe({ 'stripe-signature': header }, Buffer.from(TEXT))).toBe(true);
  });
});

describe.each(WEBHOOK_SENDERS)('%s', (sender) => {
  const secret = SECRETS[sender];

  test('is believed when it signs, and no sender without a secret is', async () => {
    const { headers, body } = await sign(sender, secret, TEXT);
    expect(await own[sender](headers, body)).toBe(true);
    expect(await verifier({})[sender](headers, body)).toBe(false);
    expect(await own[sender]({}, body)).toBe(false);
    expect(await own[sender](headers, new Uint8Array())).toBe(false);
  });

  test('may change its secret: both hold meanwhile, then only the new one', async () => {
    const next = sender === 'clerk' || sender === 'upstream' ? `whsec_${'QUJD'.repeat(10)}` : 'the-next-secret-of-it';
    const [before, after] = [await sign(sender, secret, TEXT), await sign(sender, next, TEXT)];
    const both = verifier({ [sender]: [next, secret] })[sender];
    const then = verifier({ [sender]: [next] })[sender];
    expect([await both(before.headers, before.body), await both(after.headers, after.body)]).toEqual([true, true]);
    expect([await then(before.headers, before.body), await then(after.headers, after.body)]).toEqual([false, true]);
  });
});

describe.each(['stripe', 'clerk', 'upstream'] as const)('%s signs a time', (sender) => {
  const secret = SECRETS[sender];

  test('that is held to five minutes, to both sides', async () => {
    for (const [seconds, holds] of [
      [-301, false],
      [-300, true],
      [0, true],
      [300, true],
      [301, false],
      [86_400, false],
    ] as const) {
      const { headers, body } = await sign(sender, secret, TEXT, NOW + seconds * 1_000);
      expect(await own[sender](headers, body), `${seconds} s`).toBe(holds);
    }
  });
});

test('a header that is too long, or has too many signatures, is not even looked at', async () => {
  const { headers, body } = await sign('upstream', SECRETS.upstream, TEXT);
  const many = (count: number) => ({
    ...headers,
    'webhook-signature': [...Array.from({ length: count - 1 }, () => 'v1,AAAA'), headers['webhook-signature']].join(
      ' ',
    ),
  });
  expect(await own.upstream(many(5), body)).toBe(true);
  expect(await own.upstream(many(6), body)).toBe(false);
  const stripe = await sign('stripe', SECRETS.stripe, TEXT);
  const longer = stripe.headers['stripe-signature'] + `,v1=${'0'.repeat(64)}`.repeat(5);
  expect(await own.stripe({ 'stripe-signature': longer }, stripe.body)).toBe(false);
});

test(`${forged.name}: ${forged.proves}`, async () => {
  expect(await forged.run('short', () => {})).toContain('0 accepted');
});

test('a time is written in one way only', async () => {
  const { headers, body } = await sign('upstream', SECRETS.upstream, TEXT);
  const time = headers['webhook-timestamp'];
  for (const other of [`0${time}`, `+${time}`, `${time}.0`, ` ${time}`, `${time}x`, '', '1e9'])
    expect(await own.upstream({ ...headers, 'webhook-timestamp': other }, body), other).toBe(false);
  const stripe = await sign('stripe', SECRETS.stripe, TEXT);
  for (const other of ['t=0', 't= ', 't=+'])
    expect(
      await own.stripe({ 'stripe-signature': stripe.headers['stripe-signature']?.replace('t=', other) }, stripe.body),
    ).toBe(false);
});

describe('by the headers alone', () => {
  const secrets = Object.fromEntries(WEBHOOK_SENDERS.map((sender) => [sender, [SECRETS[sender]]]));
  const forms = (given = secrets, now = NOW) => createForms(given as Record<WebhookSender, string[]>, () => now);

  test.each(WEBHOOK_SENDERS)('what %s has signed is read, by whomever', async (sender) => {
    const { headers } = await sign(sender, 'whsec_b3RoZXJzZWNyZXRvdGhlcnNlY3JldA==', TEXT);
    expect(forms()[sender](headers)).toBe(true);
  });

  test.each(WEBHOOK_SENDERS)('what can’t be signed as %s is not', async (sender) => {
    const { headers } = await sign(sender, SECRETS[sender], TEXT);
    expect(forms()[sender]({})).toBe(false);
    expect(forms({ ...secrets, [sender]: [] })[sender](headers), 'without a secret').toBe(false);
    for (const name of Object.keys(headers).filter((name) => !name.endsWith('event'))) {
      const { [name]: value = '', ...others } = headers;
      expect(forms()[sender](others), `without ${name}`).toBe(false);
      for (const broken of ['', ' ', `${value} `, `${value}!`, 'a'.repeat(2_000)])
        expect(forms()[sender]({ ...others, [name]: broken }), `${name}: ${broken}`).toBe(false);
    }
    if (sender !== 'github') expect(forms(secrets, NOW + 3_600_000)[sender](headers), 'an old one').toBe(false);
  });
});
