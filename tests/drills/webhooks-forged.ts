import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WEBHOOK_SENDERS } from '#config/webhooks.ts';
import { createSignatures } from '#services/webhooks/signatures.ts';
import type { Drill } from '#tests/support/drill.ts';
import { signWebhook } from '#tests/support/sign-webhook.ts';

/** For each sender. */
const SIZES = { short: 1_000, full: 25_000 };
const NOW = Date.UTC(2026, 10, 23, 7);
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const FOREIGN = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx';
const REPLACED = '\uFFFD';
const TEXT = JSON.stringify({ id: 'evt_1', type: 'x', text: `é ✓ \u{1F600} ${REPLACED}`, list: [1, 2, 3] });
const MARK = Buffer.from('\uFEFF');
const BROKEN = Buffer.from([0xff]);

interface Delivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What somebody on the way, or anybody with a delivery of yesterday, may try. */
const at = fc.nat();
const mutations = fc.oneof(
  fc.record({ op: fc.constant('flip' as const), at, bit: fc.nat(7) }),
  fc.record({ op: fc.constant('cut' as const), at }),
  fc.record({ op: fc.constant('insert' as const), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) }),
  // A lenient decoder drops a mark, and reads a broken byte as the very character that the text holds already.
  fc.record({ op: fc.constant('mark' as const) }),
  fc.record({ op: fc.constant('break' as const) }),
  fc.record({
    op: fc.constant('header' as const),
    at,
    leave: fc.nat(2),
    text: fc.constantFrom('', ' ', ',', '0', '=', 'a', 'v1', 'é', '.', '\t', 't='),
  }),
  fc.record({ op: fc.constant('without' as const), at }),
  fc.record({ op: fc.constant('foreign' as const) }),
  fc.record({ op: fc.constant('later' as const), seconds: fc.integer({ min: 301, max: 1e9 }), past: fc.boolean() }),
);
type Mutation = typeof mutations extends fc.Arbitrary<infer M> ? M : never;

export const drill: Drill = {
  name: 'webhooks: forgeries',
  proves: 'of any number of deliveries that were changed on their way none is believed',
  async run(size, tell) {
    for (const sender of WEBHOOK_SENDERS) {
      const secrets = { stripe: [], github: [], clerk: [], upstream: [], [sender]: [SECRET] };
      const believes = (delivery: Delivery, now = NOW) =>
        createSignatures(secrets, () => now)[sender](delivery.headers, delivery.body);
      const right = { headers: await signWebhook(sender, TEXT, { secret: SECRET, at: NOW }), body: Buffer.from(TEXT) };
      const foreign = await signWebhook(sender, TEXT, { secret: FOREIGN, at: NOW });
      assert.equal(await believes(right), true);
      await fc.assert(
        fc.asyncProperty(mutations, async (mutation) => {
          if (mutation.op === 'later') {
            // GitHub signs no time.
            if (sender === 'github') return;
            assert.equal(await believes(right, NOW + (mutation.past ? -1_000 : 1_000) * mutation.seconds), false);
            return;
          }
          const changed = mutation.op === 'foreign' ? { ...right, headers: foreign } : mutated(right, mutation);
          if (changed !== undefined) assert.equal(await believes(changed), false);
        }),
        { numRuns: SIZES[size] },
      );
      tell(`${sender}: ${SIZES[size]} tried`);
    }
    return `${SIZES[size] * WEBHOOK_SENDERS.length} deliveries, 0 accepted`;
  },
};

/** Undefined where it comes to the same. */
function mutated(
  { headers, body }: Delivery,
  mutation: Exclude<Mutation, { op: 'foreign' } | { op: 'later' }>,
): Delivery | undefined {
  if (mutation.op === 'mark') return { headers, body: Buffer.concat([MARK, body]) };
  if (mutation.op === 'break') {
    const place = body.indexOf(REPLACED);
    const after = body.subarray(place + Buffer.byteLength(REPLACED));
    return { headers, body: Buffer.concat([body.subarray(0, place), BROKEN, after]) };
  }
  if (mutation.op === 'header' || mutation.op === 'without') {
    const names = Object.keys(headers);
    const name = names[mutation.at % names.length] ?? '';
    const value = headers[name] ?? '';
    if (mutation.op === 'without')
      return { headers: Object.fromEntries(Object.entries(headers).filter(([other]) => other !== name)), body };
    const cut = Math.floor(mutation.at / names.length) % (value.length + 1);
    const changed = value.slice(0, cut) + mutation.text + value.slice(cut + mutation.leave);
    return changed === value ? undefined : { headers: { ...headers, [name]: changed }, body };
  }
  const place = mutation.at % body.length;
  const [before, after] = [body.subarray(0, place), body.subarray(place)];
  if (mutation.op === 'cut') return { headers, body: before };
  if (mutation.op === 'insert') return { headers, body: Buffer.concat([before, mutation.bytes, after]) };
  const flipped = Buffer.from(body);
  flipped[place] = (flipped[place] ?? 0) ^ (1 << mutation.bit);
  return { headers, body: flipped };
}
