import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** Milliseconds for which tabs of a build go on working after the last process that served it. */
const KEPT_FOR = 24 * 3_600_000;
const SEEN_EVERY = 3_600_000;
/** Each is some two megabytes of memory. */
const MAX_BUILDS = 20;

const UNFINISHED = '.unfinished';

/** What browsers load of a build, and the same coded: all that a tab may still ask for. */
const FILES = ['static', 'coded'];

/**
 * Stores the browser's files of this build in `folder`, for the builds after it, and resolves with the folders of those
 * before it that were served within the last day, the newest first. Several processes may do so at once.
 */
export async function earlierBuilds(build: string, folder: string, now = Date.now()): Promise<string[]> {
  const id = await readFile(join(build, 'BUILD_ID'), 'utf8');
  await mkdir(folder, { recursive: true });
  await store(build, join(folder, id));
  await seen(join(folder, id), now);
  setInterval(() => void seen(join(folder, id), Date.now()).catch(() => undefined), SEEN_EVERY).unref();
  const names = (await readdir(folder)).filter((name) => name !== id);
  const others = await Promise.all(names.map(async (name) => ({ name, at: await seenAt(folder, name) })));
  const recent = others.filter(({ at }) => now - at < KEPT_FOR);
  const builds = recent.filter(({ name }) => !name.endsWith(UNFINISHED)).sort((one, other) => other.at - one.at);
  const dropped = [...others.filter((one) => !recent.includes(one)), ...builds.slice(MAX_BUILDS)];
  await Promise.all(dropped.map(({ name }) => rm(join(folder, name), { recursive: true, force: true })));
  return builds.slice(0, MAX_BUILDS).map(({ name }) => join(folder, name));
}

/** Under its name only once it is complete. */
async function store(build: string, path: string): Promise<void> {
  if (await exists(path)) return;
  const made = `${path}.${randomUUID()}${UNFINISHED}`;
  for (const name of FILES) await cp(join(build, name), join(made, name), { recursive: true });
  await rename(made, path).catch(async (error) => {
    // Another process was quicker.
    await rm(made, { recursive: true, force: true });
    if (!(await exists(path))) throw error;
  });
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

const seen = (path: string, now: number) => utimes(path, now / 1_000, now / 1_000);

const seenAt = (folder: string, name: string) =>
  stat(join(folder, name)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
