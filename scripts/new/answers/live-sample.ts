import { refused } from '../refused.ts';
import { MASKED } from './private.ts';
import type { Sample } from './sample.ts';

const PATIENCE = 15_000;
const LONGEST = 4 * 1024 * 1024;

/** An answer that was asked for, and what of the asking may stand nowhere. */
interface LiveSample {
  readonly text: string;
  readonly secrets: readonly string[];
}

/** Asks for a sample, once. Redirects are not followed: the headers are for whom they were given. */
export async function liveSample(url: string, headers: readonly string[]): Promise<LiveSample> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw refused('--url takes an http(s) address.');
  const { username, password } = new URL(url);
  if (username !== '' || password !== '')
    throw refused('--url takes no password: give it as --header "authorization: Basic …".');
  const asked = headers.map(pairOf);
  const answer = await fetch(url, {
    headers: [['accept', 'application/json'], ...asked],
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE),
  }).catch((error: Error) => {
    throw refused(
      `Nothing came from ${new URL(url).host}: ${(error.cause as Error | undefined)?.message ?? error.message}.`,
    );
  });
  if (answer.status >= 300 && answer.status < 400) {
    const to = URL.parse(answer.headers.get('location') ?? '', url)?.origin;
    throw refused(`It sent us to ${to ?? 'another place'} (${answer.status}): say that address, if it is to be asked.`);
  }
  if (!answer.ok) throw refused(`It answered ${answer.status}, which is no sample.`);
  const text = await answer.text();
  if (text.length > LONGEST) throw refused(`It answered ${text.length} characters: ask for fewer at a time.`);
  return { text, secrets: [...asked.flatMap(([, value]) => secretsIn(value)), ...secretsOf(new URL(url))] };
}

/**
 * A sample in which nothing tells the secrets by which it was asked for: no value, and no key, which would become a
 * member of the schema. Numbers stay as they were written.
 */
export function withoutSecrets({ json }: Sample, secrets: readonly string[]): Sample {
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  const clean = (text: string) => longestFirst.reduce((left, secret) => left.replaceAll(secret, MASKED), text);
  const parse = JSON.parse as (text: string, revive: Reviver) => unknown;
  const cleaned = parse(json, (_, value, { source }) => {
    if (typeof value === 'string') return clean(value);
    if (typeof value === 'number') return (JSON as unknown as RawJson).rawJSON(source ?? String(value));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [clean(key), held]));
  });
  const text = JSON.stringify(cleaned);
  return { json: text, value: JSON.parse(text) };
}

/** As ECMAScript 2026 has them, for which TypeScript has no types yet. */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
interface RawJson {
  rawJSON(text: string): object;
}

function pairOf(header: string): [string, string] {
  const cut = header.indexOf(':');
  if (cut < 1) throw refused('A header is a name, a colon and a value: --header "authorization: Bearer …".');
  return [header.slice(0, cut).trim().toLowerCase(), header.slice(cut + 1).trim()];
}

/** A value, and what stands behind its scheme: an answer that echoes one of them would give it away. */
function secretsIn(value: string): string[] {
  return [value, ...value.split(/[\s,;=]+/)].filter((part) => part.length >= 8);
}

/** As they were written, and as an answer that links to itself may write them. */
function secretsOf({ searchParams, search, pathname }: URL): string[] {
  const raw = search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  const values = [...searchParams.values()];
  const parts = pathname.split('/').filter(mayBeSecret);
  const all = [...values, ...values.map(encodeURIComponent), ...raw, ...parts];
  return [...new Set(all)].filter((part) => part.length >= 8);
}

/** Whether a part of a path looks like no word of an API: long, and with digits in it. */
export const mayBeSecret = (part: string): boolean => part.length >= 16 && /\d/.test(part);
