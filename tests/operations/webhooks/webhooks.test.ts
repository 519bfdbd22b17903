import { describe, expect, test } from 'vitest';
import type { WebhookSender } from '#config/webhooks.ts';
import { rowOf } from '#operations/webhooks/handle.ts';
import { tags } from '#services/tags.ts';
import { topics } from '#services/topics.ts';
import { stepsOf } from '#services/webhooks/effects.ts';

/** What an event changes, by the table; its payload goes through its schema and the inbox's JSON first. */
function changeOf(sender: WebhookSender, type: string, payload: object) {
  const row = rowOf(sender, type);
  if (row === undefined) throw new Error(`${sender} has no ${type}`);
  return row.changes(JSON.parse(JSON.stringify(row.reads.parse(payload))) as never);
}

const upstreamEvent = (type: string, object: object) => ({
  id: 'msg_1',
  type,
  occurredAt: '2026-11-23T07:00:00Z',
  object: { version: 7, ...object },
});

describe('what our microservices send', () => {
  test.each<[string, object, string[], string[]]>([
    ['catalog.product.updated', { id: 'p-1' }, [tags.product('p-1'), tags.products], ['catalog product']],
    ['catalog.categories.changed', { id: 'all' }, [tags.categories], []],
    ['pricing.price.changed', { id: 'p-1' }, [tags.price('p-1')], ['catalog price']],
    ['inventory.level.changed', { id: 'p-1' }, [tags.stock('p-1')], ['catalog stock']],
    ['reviews.review.created', { id: 'r-1', of: 'p-1' }, [tags.reviews('p-1')], ['catalog reviews']],
    ['recommendations.related.changed', { id: 'p-1' }, [tags.related('p-1')], []],
    ['content.page.published', { id: 'home' }, [tags.home], ['promotions content']],
    ['orders.order.changed', { id: 'o-1', owner: 'ada' }, [tags.orders], ['orders order']],
    [
      'customers.profile.changed',
      { id: 'ada', owner: 'ada' },
      [tags.customer, tags.addresses],
      ['notifications profile'],
    ],
    ['support.message.created', { id: 'm-1', owner: 'ada', of: 'c-1' }, [tags.messages], ['chat message']],
    ['support.conversation.changed', { id: 'c-1', owner: 'ada' }, [tags.messages], []],
  ])('%s', (type, object, purge, messages) => {
    const change = changeOf('upstream', type, upstreamEvent(type, object));
    const { owner } = object as { owner?: string };
    expect(owner === undefined ? change.purge : change.purgePrivate).toEqual(purge);
    expect(change.owner).toEqual(owner && { subject: owner });
    expect((change.publish ?? []).map(({ topic, event }) => `${topic.name} ${event}`)).toEqual(messages);
    expect(change.object).toEqual({
      id: `${type.split('.').slice(0, 2).join('.')}:${(object as { id: string }).id}`,
      version: 7,
    });
  });

  test.each(['2026-11-29T12:00:00+00:00', '2026-11-29T14:00:00+02:00', '2026-11-29 12:00', 1_795_000_000, undefined])(
    'is read whatever its time looks like, which is not read: %s',
    (occurredAt) => {
      const event = { ...upstreamEvent('pricing.price.changed', { id: 'p-1' }), occurredAt };
      expect(changeOf('upstream', 'pricing.price.changed', event).purge).toEqual([tags.price('p-1')]);
    },
  );

  test.each([
    ['orders.order.changed', { id: 'o-1' }],
    ['reviews.review.created', { id: 'r-1' }],
    ['pricing.price.changed', { id: 'p-1', version: -1 }],
    ['pricing.price.changed', { id: '' }],
  ])('%s of %j is nothing that we can read', (type, object) => {
    expect(rowOf('upstream', type)?.reads.safeParse(upstreamEvent(type, object)).success).toBe(false);
  });
});

describe('what Stripe sends', () => {
  const event = (metadata?: object) => ({
    id: 'evt_1',
    object: 'event',
    api_version: '2026-10-28',
    created: 1_795_000_000,
    data: { object: { id: 'pi_1', object: 'payment_intent', amount: 990, ...(metadata && { metadata }) } },
    type: 'payment_intent.succeeded',
  });

  test('of a payment is its order’s', () => {
    expect(changeOf('stripe', 'payment_intent.succeeded', event({ order: 'o-1', owner: 'reference' }))).toEqual({
      object: { id: 'pi_1', version: 1_795_000_000 },
      owner: { reference: 'reference' },
      purgePrivate: [tags.orders],
      publish: [{ topic: topics.orders, event: 'payment', data: { id: 'o-1', payment: 'succeeded' } }],
    });
  });

  test('of a dispute says nothing of whose order it is: it is nothing to us', () => {
    for (const type of ['charge.dispute.created', 'charge.dispute.closed'])
      expect(rowOf('stripe', type)).toBeUndefined();
  });

  test('of a payment that is none of ours changes nothing', () => {
    for (const metadata of [undefined, {}, { cart: 'c' }, { owner: 'of another shop' }, { order: 'o-1', owner: '' }])
      expect(stepsOf(changeOf('stripe', 'charge.refunded', event(metadata)))).toEqual([]);
  });
});

describe('what GitHub sends', () => {
  const push = (ref: string) => ({
    ref,
    before: 'a'.repeat(40),
    after: 'b'.repeat(40),
    repository: { id: 1, full_name: 'shop/content', default_branch: 'main', pushed_at: 1_795_000_000, private: true },
    commits: [{ id: 'b'.repeat(40), modified: ['home.md'] }],
  });

  test('of a push to the main branch is the content’s; of another branch it is nothing', () => {
    expect(changeOf('github', 'push', push('refs/heads/main'))).toMatchObject({
      object: { id: 'shop/content refs/heads/main', version: 1_795_000_000 },
      purge: [tags.home],
      publish: [{ topic: topics.promotions }],
    });
    const other = changeOf('github', 'push', push('refs/heads/draft'));
    expect([other.purge, other.publish]).toEqual([undefined, undefined]);
    expect(rowOf('github', 'ping')).toBeUndefined();
  });
});

describe('what Clerk sends', () => {
  const event = (data: object) => ({ data, object: 'event', timestamp: 1_795_000_000_123, instance_id: 'ins_1' });

  test('of a user is their profile’s; one that is deleted is signed out everywhere', () => {
    const user = event({ id: 'user_1', email_addresses: [{ email_address: 'ada@example.com' }], updated_at: 5 });
    const updated = changeOf('clerk', 'user.updated', user);
    expect(updated).toMatchObject({
      object: { id: 'user_1', version: 1_795_000_000_123 },
      owner: { subject: 'user_1' },
      purgePrivate: [tags.customer, tags.addresses],
    });
    expect(updated.revoke).toBeUndefined();
    const deleted = changeOf('clerk', 'user.deleted', { data: { id: 'user_1', deleted: true, object: 'user' } });
    expect(deleted.revoke).toEqual([{ subject: 'user_1' }]);
    expect(deleted.object, 'it has no time').toBeUndefined();
  });

  test.each(['session.ended', 'session.removed', 'session.revoked'])('%s ends that session alone', (type) => {
    const session = event({ id: 'sess_1', user_id: 'user_1', status: 'ended', updated_at: 9 });
    expect(changeOf('clerk', type, session)).toMatchObject({ revoke: [{ sid: 'sess_1' }] });
  });

  test('keeps nothing of a person that is not read', () => {
    const row = rowOf('clerk', 'user.updated');
    const kept = JSON.stringify(row?.reads.parse(event({ id: 'user_1', email_addresses: ['ada@example.com'] })));
    expect(kept).not.toContain('ada@');
  });
});
