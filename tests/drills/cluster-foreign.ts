import assert from 'node:assert/strict';
import { startCluster } from '#tests/cluster/cluster.ts';
import { type Change, copyOfTree } from '#tests/support/copy-of-tree.ts';
import type { Drill, Tell } from '#tests/support/drill.ts';
import { askAll, CANARY, KEY_WITHOUT_PRINCIPAL, type Seen } from './foreign-answers.ts';

const SIZES = {
  short: { users: 15, count: 600, broken: 400 },
  full: { users: 50, count: 100_000, broken: 2_000 },
} as const;

const kept = (tag: string) => `cache.for('60s').tagged(tags.${tag}).sharedSealed()`;
/** What is private, and is not cached in this shop: here it is, and instances share it. */
const SEALED: readonly Change[] = [
  {
    file: 'services/customers.ts',
    from: 'Customer, cache.none.tagged(tags.customer)',
    to: `Customer, ${kept('customer')}`,
  },
  { file: 'services/customers.ts', from: 'cache.none.tagged(tags.addresses)', to: kept('addresses') },
  { file: 'services/orders.ts', from: 'cache.none.tagged(tags.orders)', to: kept('orders') },
  { file: 'services/cart.ts', from: 'Cart, cache.none.tagged(tags.cart)', to: `Cart, ${kept('cart')}` },
];
/** Keys without the principal, and values as they are. */
const DEFECTS: readonly Change[] = [
  KEY_WITHOUT_PRINCIPAL,
  {
    file: 'kernel/upstream/tier/tier-entry.ts',
    from: 'seal.seal(record.text, sealContext(ref))',
    to: 'record.text',
  },
];

interface Played extends Seen {
  /** Private values in the shared tier: sealed ones, and how many canaries can be read there. */
  readonly sealed: number;
  readonly readable: number;
}

/** Many users ask three instances for what is theirs; what these share in Redis is read as a thief would. */
export const drill: Drill = {
  name: 'cluster: many users at once',
  proves:
    'nothing private reaches another user through three instances and their shared tier, nor can it be read there',
  async run(size, tell) {
    const { users, count, broken } = SIZES[size];
    const own = await play({ users, count, tell });
    const sealed = await play({ users, count, tell, changes: SEALED });
    for (const { foreign, unprotected, readable } of [own, sealed])
      assert.deepEqual({ foreign, unprotected, readable }, { foreign: 0, unprotected: 0, readable: 0 });
    assert.equal(own.sealed, 0, 'private values are shared where no policy says so');
    assert.ok(sealed.sealed > 0, 'private values are shared where policies say so');
    for (const one of [own, sealed]) assert.ok(one.own > count / 4, `only ${one.own} answers held a canary`);
    const wrong = await play({ users, count: broken, tell, changes: [...SEALED, ...DEFECTS], instances: 2 });
    assert.ok(wrong.foreign > 0, 'the seeded defect of the key was not seen');
    assert.ok(wrong.readable > 0, 'the seeded defect of the seal was not seen');
    return [
      `0 foreign and 0 readable of ${2 * count} answers over 3 instances, ${own.own + sealed.own} with their own canary`,
      `${sealed.sealed} sealed values in the tier`,
      `the seeded defects: ${wrong.foreign} foreign of ${broken}, ${wrong.readable} readable`,
    ].join('; ');
  },
};

interface Play {
  readonly users: number;
  readonly count: number;
  readonly tell: Tell;
  readonly changes?: readonly Change[];
  readonly instances?: number;
}

async function play({ users, count, tell, changes, instances: most = 3 }: Play): Promise<Played> {
  const tree = changes && copyOfTree(changes);
  try {
    const env = { DRAIN_NOTICE: '0' };
    const cluster = await startCluster({ tell, env, count: most, ...(tree !== undefined && { cwd: tree.path }) });
    try {
      const { url, instances, mocks } = cluster;
      const seen = await askAll({ url, instances, mocksPort: mocks.port }, users, count, tell);
      const there = await cluster.redis.everything();
      // Keys stand in lines of their own; a public value is JSON, and a sealed one begins with its key's id.
      const sealed = there.match(/^[0-9a-f]{8}\.[\w-]+\r?$/gm)?.length ?? 0;
      assert.match(there, /^tributary:\d+:\{/m, 'the instances share something');
      return { ...seen, sealed, readable: there.match(CANARY)?.length ?? 0 };
    } finally {
      await cluster.stop();
    }
  } finally {
    tree?.remove();
  }
}
