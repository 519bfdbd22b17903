import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Figures, FRAMEWORK, type Parts } from './figures.ts';

const BUILD = '.next';
const SHARED = 'what every page shares';
const MOST_NAMED = 3;

interface Manifest {
  readonly clientModules: Readonly<Record<string, { readonly chunks: readonly string[] }>>;
  readonly entryJSFiles: Readonly<Record<string, readonly string[]>>;
}

/** First-load JavaScript of each page of the last build: gzipped bytes, named by the modules that it is there for. */
export function measurePages(): Figures['pages'] {
  const routes = json<Record<string, string>>('app-path-routes-manifest.json');
  const framework = json<{ rootMainFiles: string[] }>('build-manifest.json').rootMainFiles;
  const loads = json<{ route: string; firstLoadChunkPaths: string[] }[]>('diagnostics/route-bundle-stats.json');
  const files = new Map(Object.entries(routes).map(([file, route]) => [route, file]));
  const pages: Record<string, Parts> = {};
  for (const { route, firstLoadChunkPaths } of loads) {
    const file = files.get(route);
    if (file === undefined || !file.endsWith('/page')) continue;
    const manifest = manifestOf(file);
    const layout = manifest.entryJSFiles['[project]/app/layout'] ?? [];
    const parts: Record<string, number> = {};
    for (const path of firstLoadChunkPaths) {
      const chunk = path.slice(path.indexOf('static/'));
      const name =
        framework.includes(chunk) || /\/turbopack-/.test(chunk) ? FRAMEWORK : nameOf(chunk, layout, manifest);
      parts[name] = (parts[name] ?? 0) + gzipped(chunk);
    }
    pages[route] = parts;
  }
  return pages;
}

/** A chunk by the client modules of ours for which it is loaded; its own name changes with every byte of it. */
function nameOf(chunk: string, layout: readonly string[], { clientModules }: Manifest): string {
  if (layout.includes(chunk)) return SHARED;
  const modules = Object.entries(clientModules)
    .filter(([, { chunks }]) => chunks.some((path) => path.endsWith(chunk)))
    .map(([module]) => module.replace('[project]/', '').replace(/ <.*/, ''))
    .sort((a, b) => Number(a.startsWith('node_modules')) - Number(b.startsWith('node_modules')) || (a < b ? -1 : 1));
  const named = [...new Set(modules)];
  const more = named.length > MOST_NAMED ? [`${named.length - MOST_NAMED} more`] : [];
  return [...named.slice(0, MOST_NAMED), ...more].join(', ') || 'something that no module asks for';
}

const sizes = new Map<string, number>();

function gzipped(chunk: string): number {
  const known = sizes.get(chunk) ?? gzipSync(readFileSync(join(BUILD, chunk)), { level: 9 }).length;
  sizes.set(chunk, known);
  return known;
}

/** Next writes it as a script that sets a global. */
function manifestOf(file: string): Manifest {
  const text = readFileSync(join(BUILD, 'server/app', `${file}_client-reference-manifest.js`), 'utf8');
  const at = text.indexOf('{', text.indexOf(']'));
  return JSON.parse(text.slice(at).replace(/;?\s*$/, '')) as Manifest;
}

const json = <T>(path: string): T => JSON.parse(readFileSync(join(BUILD, path), 'utf8')) as T;
