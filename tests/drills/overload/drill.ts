import assert from 'node:assert/strict';
import type { Drill, Size, Tell } from '#tests/support/drill.ts';
import type { Seen } from './figures.ts';
import { ROOT } from './lab.ts';

interface Play {
  readonly name: string;
  readonly proves: string;
  readonly measure: (root: string, size: Size, tell: Tell) => Promise<Seen[]>;
}

/** A drill out of figures. What depends on the machine's speed is for the full form to judge; the short one shows it. */
export function overloadDrill({ name, proves, measure }: Play): Drill {
  const judged = async (size: Size, tell: Tell, root: string) =>
    (await measure(root, size, tell)).map(({ timed, ...figure }) =>
      timed && size === 'short' ? { ...figure, wanted: `(${figure.wanted})`, held: true } : figure,
    );
  return {
    name,
    proves,
    measure: judged,
    async run(size, tell) {
      const figures = await judged(size, tell, ROOT);
      const lines = figures.map(
        ({ what, wanted, seen, held }) => `${held ? '' : 'NOT HELD '}${what}: ${seen} (${wanted})`,
      );
      assert.ok(
        figures.every(({ held }) => held),
        lines.join('\n'),
      );
      return lines.join('\n    ');
    },
  };
}
