import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserServer, chromium } from 'playwright-core';

interface Program {
  readonly path: string;
  readonly args: readonly string[];
}

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const found = await find();

/** Why there is no browser to test with; undefined where there is one. */
export const browserMissing: string | undefined = typeof found === 'string' ? found : undefined;

/** Starts a headless Chromium: `CHROME_PATH`, else one that is installed, else the one that npm brought. */
export const launchBrowser = (): Promise<Browser> => chromium.launch(program());

/** The same as a server, for processes that share it: each connects to it, and closes its own pages alone. */
export const serveBrowser = (): Promise<BrowserServer> => chromium.launchServer({ ...program(), host: '127.0.0.1' });

function program() {
  if (typeof found === 'string') throw new Error(found);
  return { executablePath: found.path, args: [...found.args] };
}

async function find(): Promise<Program | string> {
  const given = process.env.CHROME_PATH;
  if (given) return existsSync(given) ? { path: given, args: [] } : `CHROME_PATH is ${given}, and nothing is there`;
  const path = INSTALLED.find((candidate) => existsSync(candidate));
  if (path) return { path, args: [] };
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'no Chrome is installed; set CHROME_PATH to one';
  return fromNpm();
}

async function fromNpm(): Promise<Program | string> {
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    const path = await packed.executablePath();
    const { status, stderr } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    const lacks = /lib\S+(?=: cannot open)/.exec(stderr)?.[0];
    if (lacks) return `Chromium from npm needs ${lacks}; on Debian: apt-get install libnss3 libnspr4 libexpat1`;
    return status === 0 ? { path, args: [] } : `Chromium from npm does not start: ${stderr.slice(0, 200)}`;
  } catch (error) {
    return `Chromium from npm is not here: ${(error as Error).message}`;
  }
}
