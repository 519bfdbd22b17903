import { readFileSync } from 'node:fs';

const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The options of V8 in a command that runs the lean host. */
export const flagsOf = (command: string): string[] => command.match(/--(?!import )[\w-]+(?:=\d+)?(?=["\s])/g) ?? [];

/** As `npm run serve` runs the lean host. */
export const LEAN_FLAGS = flagsOf(scripts.serve);
