import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeEnv } from '#services/env.ts';

test('.env.example names every variable as services/env-variables.ts declares it', () => {
  const blocks = describeEnv.map(
    ({ name, description, example, default: otherwise }) =>
      `# ${description}\n# Not set: ${otherwise}.\n#${name}=${example}`,
  );
  const [head, ...variables] = readFileSync('.env.example', 'utf8').trimEnd().split('\n\n');
  expect(head).toMatch(/^# .+$/);
  expect(variables).toEqual(blocks);
});
