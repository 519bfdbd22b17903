import type { Import, Module } from '../modules.ts';

/** One wall of the house: what it forbids, how a breach is found, and a breach that it must find. */
export interface Wall {
  readonly says: string;
  /** The breaches in a house, each as `file: what is wrong`. */
  readonly breaches: (house: readonly Module[]) => string[];
  readonly seed: Readonly<Record<string, string>>;
}

const ENTRIES = /^(server|lean-host|proxy|instrumentation|next\.config)\.ts$/;

export const floorOf = (path: string): string => {
  if (ENTRIES.test(path)) return 'entry';
  return path.includes('/') ? (path.split('/')[0] ?? '') : 'root';
};
export const isIn = (folder: string) => (path: string | undefined) => path?.startsWith(`${folder}/`) ?? false;

/** A wall on single imports. */
export const imports =
  (forbidden: (from: string, what: Import) => boolean): Wall['breaches'] =>
  (house) =>
    house.flatMap(({ path, imports }) =>
      imports.filter((what) => forbidden(path, what)).map(({ specifier }) => `${path}: imports ${specifier}`),
    );

/** A wall on code. */
export const code =
  (
    pattern: RegExp,
    where: (path: string) => boolean,
    part: (module: Module) => string = (module) => module.code,
  ): Wall['breaches'] =>
  (house) =>
    house
      .filter(({ path }) => where(path))
      .flatMap((module) => [...part(module).matchAll(pattern)].map(([found]) => `${module.path}: has ${found.trim()}`));

export const isPackage = ({ specifier, target }: Import, name: string) =>
  target === undefined && (specifier === name || specifier.startsWith(`${name}/`));
