import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian puts servers besides. */
const MORE = ['/usr/sbin', '/usr/bin'];
/** Where Debian and Homebrew put Postgres, each version in a folder of its own. */
const POSTGRES = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'];
const LEAST_POSTGRES = 15;
/** What serves as well as a program. */
const ALTERNATIVES: Readonly<Record<string, string>> = { 'redis-server': 'valkey-server' };
/** What people call it. */
const NAMES: Readonly<Record<string, string>> = {
  initdb: `Postgres ${LEAST_POSTGRES} or newer`,
  'redis-server': 'redis-server or valkey-server',
};

/** The file of a program that is installed here; undefined where it is not. Of Postgres' programs, the newest. */
export function programFile(name: string): string | undefined {
  const path = [...(process.env.PATH ?? '').split(delimiter), ...MORE];
  const folders = name === 'initdb' ? [...newestPostgres(), ...path] : path;
  const names = [name, ALTERNATIVES[name]].filter((one) => one !== undefined);
  return names.flatMap((one) => folders.map((folder) => join(folder, one))).find((file) => existsSync(file));
}

function newestPostgres(): string[] {
  return POSTGRES.filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => ({ version: Number(/\d+$/.exec(name)?.[0]), place, name })))
    .filter(({ version }) => version >= LEAST_POSTGRES)
    .sort((one, other) => other.version - one.version)
    .map(({ place, name }) => join(place, name, 'bin'));
}

/**
 * Why tests of these programs are skipped: one of them is not installed here. Undefined where all are, and in CI, where
 * they are installed: there the tests fail instead.
 */
export function missingProgram(...names: readonly string[]): string | undefined {
  const missing = process.env.CI ? undefined : names.find((name) => programFile(name) === undefined);
  return missing && `${NAMES[missing] ?? missing} is not installed here`;
}

export const isSkipped = (...names: readonly string[]): boolean => missingProgram(...names) !== undefined;

/** What a test's title says of it. */
export function skipNote(...names: readonly string[]): string {
  const why = missingProgram(...names);
  return why === undefined ? '' : ` (SKIPPED: ${why})`;
}
