import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Drill } from '#tests/support/drill.ts';

const HERE = dirname(import.meta.filename);

/** Every drill of this folder in full, or those whose file names hold one of the given words. */
async function main(words: readonly string[]): Promise<number> {
  const size = words.includes('--short') ? 'short' : 'full';
  const wanted = words.filter((word) => !word.startsWith('--'));
  const files = readdirSync(HERE).filter((file) => file.endsWith('.ts') && file !== 'run.ts');
  const chosen = files.filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)));
  let failed = 0;
  for (const file of chosen.sort()) {
    const { drill } = (await import(join(HERE, file))) as { readonly drill: Drill };
    process.stdout.write(`${drill.name}\n  ${drill.proves}\n`);
    const began = performance.now();
    const seconds = () => `${((performance.now() - began) / 1_000).toFixed(1)} s`;
    try {
      const figures = await drill.run(size, (progress) => process.stdout.write(`  … ${progress} (${seconds()})\n`));
      process.stdout.write(`  held: ${figures} (${seconds()})\n\n`);
    } catch (error) {
      failed++;
      process.stdout.write(`  FAILED after ${seconds()}: ${(error as Error).stack}\n\n`);
    }
  }
  process.stdout.write(`Drills: ${chosen.length - failed} held, ${failed} failed\n`);
  return failed === 0 && chosen.length > 0 ? 0 : 1;
}

main(process.argv.slice(2)).then((code) => process.exit(code));
