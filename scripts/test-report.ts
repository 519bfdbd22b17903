import type { Reporter, TestCase, TestModule } from 'vitest/node';

const SLOWEST = 10;

/** Vitest's last words, put plainly: which files took longest, how many tests, and which were left out and why. */
export default class ClosingReport implements Reporter {
  #filtered = false;

  onInit({ config }: Parameters<NonNullable<Reporter['onInit']>>[0]): void {
    this.#filtered = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const state = (wanted: string) => tests.filter((test) => test.result().state === wanted);
    const skipped = state('skipped');
    const broken = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length;
    const failed = state('failed').length + broken + errors.length;
    if (skipped.length > 0 && !this.#filtered) {
      process.stdout.write(
        `\nSKIPPED, so not proven here:\n${skipped.map((test) => `  - ${described(test)}\n`).join('')}`,
      );
    }
    process.stdout.write(slowest(modules));
    process.stdout.write(`\nTests: ${state('passed').length} passed, ${failed} failed, ${skipped.length} skipped\n`);
  }
}

/** The slowest files, in case it takes too long. */
function slowest(modules: readonly TestModule[]): string {
  if (modules.length <= SLOWEST) return '';
  const timed = modules.map((module) => {
    const { collectDuration, duration } = module.diagnostic();
    return { name: module.relativeModuleId, seconds: (collectDuration + duration) / 1_000 };
  });
  const lines = timed
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, SLOWEST)
    .map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name}\n`);
  return `\nThe ${SLOWEST} slowest files:\n${lines.join('')}`;
}

function described(test: TestCase): string {
  const result = test.result();
  const why = result.state === 'skipped' && result.note ? ` (${result.note})` : '';
  return `${test.module.relativeModuleId}: ${test.fullName}${why}`;
}
