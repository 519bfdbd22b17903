import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeEnv } from '#services/env.ts';
import { fileOf, LOOKS, SCREENS } from '#tests/screenshots/screens.ts';

test('.env.example names every variable as services/env-variables.ts declares it', () => {
  const blocks = describeEnv.map(
    ({ name, description, example, default: otherwise }) =>
      `# ${description}\n# Not set: ${otherwise}.\n#${name}=${example}`,
  );
  const [head, ...variables] = readFileSync('.env.example', 'utf8').trimEnd().split('\n\n');
  expect(head).toMatch(/^# .+$/);
  expect(variables).toEqual(blocks);
});

test('every picture that the README names is one that npm run screenshots makes', () => {
  const made = SCREENS.flatMap(({ name }) => LOOKS.map((look) => fileOf(name, look.name)));
  const named = [...readFileSync('README.md', 'utf8').matchAll(/!\[[^\]]+\]\((docs\/screenshots\/[^)]+)\)/g)].map(
    ([, path]) => path,
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((path) => !made.includes(path ?? ''))).toEqual([]);
});
