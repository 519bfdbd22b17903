import type { SectionStatus } from '#kernel/base/section.ts';
import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';
import { counted, span } from '#operations/shape/ops/words.ts';
import { violationWords } from './payload.ts';
import { type Bar, hasFailed, NOTICEABLE, type Waterfall, waterfallOf } from './waterfall.ts';

/** What a request's page says before the waterfall. */
export interface Verdict {
  readonly tone: 'well' | 'partial' | 'failed';
  /** One sentence: what bounds it, or why there is nothing. */
  readonly headline: string;
  /** Further notes, a sentence each. */
  readonly notes: readonly string[];
  /** What would help. */
  readonly help: readonly Help[];
}

/** One thing that would help, and where it is done. */
interface Help {
  readonly words: string;
  readonly href?: string;
}

/** What a verdict needs to know of the operation. */
interface About {
  /** The parts that a client may leave out. */
  readonly parts: readonly string[];
}

/** Less than so many milliseconds, or than this share of the total, is no reason for anything. */
const LEAST_LOST = 20;
const LOST_SHARE = 0.2;

/** Broken fields that are listed. */
const MAX_FIELDS = 5;

export function verdictOf(trace: RequestTrace, { parts }: About): Verdict {
  const { status, cache, calls, sections } = trace;
  const waterfall = waterfallOf(trace);
  const local = localTime(trace);
  const broken = Object.entries(sections).filter(([, { state }]) => state !== 'pending');
  const tone = status >= 500 ? 'failed' : broken.length > 0 || status >= 400 ? 'partial' : 'well';
  if (calls.length === 0) return { tone, headline: withoutCalls(trace), notes: [], help: [] };
  const slowest = slowestOf(waterfall);
  const culprits = calls.filter(hasFailed);
  const notes = [
    ...(cache === 'collapsed' ? ['Another request was composing the same answer already: both got it.'] : []),
    ...(status < 400 && (broken.length > 0 || local) && slowest ? [slowestWords(slowest, calls)] : []),
    workWords(waterfall, trace),
    ...(local && (status >= 400 || broken.length > 0)
      ? [`This process itself was busy for ${span(local)} of it.`]
      : []),
    ...driftWords(culprits),
  ];
  const headline =
    status >= 400
      ? failureWords(trace, culprits)
      : broken.length > 0
        ? brokenWords(broken, calls)
        : local
          ? `This process itself was busy for ${span(local)} of ${span(trace.duration)}: no upstream is to blame for that.`
          : slowest
            ? slowestWords(slowest, calls)
            : 'Everything was there at once: our caches had it, or upstreams answered within a millisecond.';
  return { tone, headline, notes, help: helpFor(slowest, local, trace, waterfall, parts, culprits) };
}

/** What this process has lost itself of a request, where that is worth a word: then it is not an upstream's. Milliseconds. */
function localTime({ lost = 0, duration }: RequestTrace): number | undefined {
  return lost >= LEAST_LOST && lost >= duration * LOST_SHARE ? lost : undefined;
}

function withoutCalls({ cache, status, duration, problem, method }: RequestTrace): string {
  if (status === 304)
    return `The client had it already: 304 without a body, in ${span(duration)}. No upstream was asked.`;
  if (cache === 'hit') return `Answered whole from our cache in ${span(duration)}. No upstream was asked.`;
  const why = problem ? ` (${problem})` : '';
  if (problem === 'overloaded')
    return `Refused with 503 (overloaded) in ${span(duration)}: this process had as much to do as it can do. No upstream was asked.`;
  if (status >= 500) return `Failed with ${status}${why} before any upstream was asked.`;
  if (status >= 400) return `Refused with ${status}${why} before any upstream was asked.`;
  return `${method === 'OPTIONS' ? 'Told what is allowed' : 'Answered by ourselves'} in ${span(duration)}. No upstream was needed.`;
}

function slowestOf({ bars }: Waterfall): Bar | undefined {
  let slowest: Bar | undefined;
  for (const bar of bars) {
    if (bar.onPath && (slowest === undefined || lengthOf(bar) > lengthOf(slowest))) slowest = bar;
  }
  return slowest && lengthOf(slowest) >= NOTICEABLE ? slowest : undefined;
}

const lengthOf = ({ start, end }: Bar) => end - start;

/** `reviews`, and its section where that is not the same: `reviews (rating)`. */
const nameOf = ({ upstream, section }: CallTrace) => (section === upstream ? upstream : `${upstream} (${section})`);

function slowestWords(bar: Bar, calls: readonly CallTrace[]): string {
  const cached = calls.filter(({ cache, outcome }) => ['hit', 'stale', 'shared'].includes(cache) && outcome === 'ok');
  const [first] = cached;
  const aside = cached.length > 1 ? ` and ${counted(cached.length - 1, 'other')}` : '';
  const age = first?.age === undefined ? '' : `, ${span(first.age)} old`;
  const rest = first ? `; ${nameOf(first)}${aside} came from cache${aside ? '' : age}` : '';
  return `Slowest: ${nameOf(bar.call)}, ${span(lengthOf(bar))}${triesWords(bar.call)}, on the critical path${rest}.`;
}

function workWords({ work }: Waterfall, { calls, duration }: RequestTrace): string {
  return `${counted(calls.length, 'call')}, ${span(work)} of work in ${span(duration)}.`;
}

const REASONS: Readonly<Record<string, string>> = {
  timeout: 'did not answer in time',
  unavailable: 'failed',
  open: 'is cut off by its breaker',
  contract: 'broke its contract',
  'not-found': 'has no such thing',
  denied: 'refused us',
  overloaded: 'had no place left for us',
  busy: 'could not be heard: this process was busy',
  internal: 'met a mistake of ours',
};

const STANDING: Readonly<Record<SectionStatus['state'], string>> = {
  pending: 'is on its way',
  stale: 'is shown as it was',
  fallback: 'has its fallback',
  missing: 'is missing',
};

/** `Reviews did not answer in time (300 ms, 2 attempts): rating is missing.` */
function brokenWords(broken: readonly (readonly [string, SectionStatus])[], calls: readonly CallTrace[]): string {
  const grouped = new Map<string, { readonly took: string; readonly what: string[] }>();
  for (const [name, { state, reason = '', since }] of broken) {
    const local = calls.filter(({ section }) => section === name || section.startsWith(`${name}.`));
    // A missing thing is no failure, but its upstream has said so.
    const culprit = local.find(({ outcome }) => outcome === reason) ?? local.find(hasFailed);
    const who =
      reason === 'busy' && culprit?.wire === undefined
        ? 'this process has more to do than it can do'
        : reason === 'shed'
          ? 'an override leaves it out'
          : `${culprit?.upstream ?? 'something'} ${whyWords(reason, culprit)}`;
    const age = since && state === 'stale' ? ` at ${since.slice(11, 19)} UTC` : '';
    const entry = grouped.get(who) ?? { took: culprit ? tookWords(culprit) : '', what: [] };
    entry.what.push(`${name} ${STANDING[state]}${age}`);
    grouped.set(who, entry);
  }
  return [...grouped].map(([who, { took, what }]) => `${capital(who)}${took}: ${what.join(', ')}.`).join(' ');
}

const whyWords = (reason: string, culprit: CallTrace | undefined): string =>
  culprit?.wire?.isolated ? 'is isolated by an override' : (REASONS[reason] ?? reason);

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function tookWords(call: CallTrace): string {
  const { duration, outcome, wire } = call;
  if (outcome === 'busy') return wire?.lost === undefined ? '' : ` for ${span(wire.lost)}`;
  if (outcome === 'contract' || outcome === 'open' || outcome === 'not-found') return '';
  return ` (${span(duration)}${triesWords(call)})`;
}

const triesWords = ({ wire }: CallTrace): string => (wire && wire.attempts > 1 ? `, ${wire.attempts} attempts` : '');

function failureWords({ status, problem }: RequestTrace, culprits: readonly CallTrace[]): string {
  const [culprit] = culprits;
  const why = culprit
    ? `: ${nameOf(culprit)} ${whyWords(culprit.outcome, culprit)}${tookWords(culprit)}, and nothing could stand in`
    : '';
  return `Answered ${status}${problem ? ` (${problem})` : ''}${why}.`;
}

/** Which fields did not fit, once each: the items of a batch mostly break alike. */
function driftWords(culprits: readonly CallTrace[]): string[] {
  const grouped = new Map<string, number>();
  for (const { wire, call, upstream } of culprits) {
    for (const violation of wire?.violations ?? []) {
      const words = `${upstream}, ${call}: ${violation.path || 'the answer'}, ${violationWords(violation)}`;
      grouped.set(words, (grouped.get(words) ?? 0) + 1);
    }
  }
  const notes = [...grouped].map(([words, times]) => `${words}${times > 1 ? `, in ${times} answers` : ''}.`);
  const rest = notes.length - MAX_FIELDS;
  return rest > 0 ? [...notes.slice(0, MAX_FIELDS), `And ${counted(rest, 'more field')}.`] : notes;
}

/** What would make it faster or complete, as far as the trace can show. */
function helpFor(
  slowest: Bar | undefined,
  local: number | undefined,
  { duration, lane, status, sections }: RequestTrace,
  { bars }: Waterfall,
  parts: readonly string[],
  culprits: readonly CallTrace[],
): Help[] {
  const help: Help[] = [];
  const drifted = culprits.find(({ outcome }) => outcome === 'contract');
  if (drifted)
    help.push({
      words: `See what ${drifted.upstream} sends now: take it into the schema, or tell its team.`,
      href: '/inspector/contracts',
    });
  if (culprits.some(({ wire }) => wire?.isolated) || reasonsOf(sections).includes('shed'))
    help.push({ words: 'The overrides say who has set it, why and until when.', href: '/inspector/levers' });
  if (local || culprits.some(({ outcome }) => outcome === 'busy') || reasonsOf(sections).includes('busy'))
    help.push({
      words:
        'It had too little of the processor: more cores or instances help, or less at once. The status says how late its event loop is and what it refuses.',
      href: '/api/ops/status',
    });
  const slow = slowest && !local && status < 500 ? fasterWords(slowest, duration, bars, parts) : [];
  help.push(...slow.map((words) => ({ words })));
  if (lane !== '' && (culprits.length > 0 || slow.length > 0))
    help.push({ words: `It was played: ${lane}. Turn the scenario off, and it is well.`, href: '/inspector/scenario' });
  return help;
}

const reasonsOf = (sections: RequestTrace['sections']) => Object.values(sections).map(({ reason }) => reason);

function fasterWords(
  { call, alone, start, end }: Bar,
  duration: number,
  bars: readonly Bar[],
  parts: readonly string[],
): string[] {
  const { wire, upstream, cache } = call;
  const length = end - start;
  if (length < duration * 0.2) return [];
  if (cache === 'shared')
    return [`The cache that instances share took ${span(length)}: it is slow, or far. The next request finds it here.`];
  const words: string[] = [];
  if (alone >= NOTICEABLE)
    words.push(`For ${span(alone)} nothing but ${upstream} was under way: a faster one saves as much.`);
  words.push(...withoutParts(upstream, duration, bars, parts));
  if (wire && wire.queue > length * 0.3)
    words.push(
      `${span(wire.queue)} of it were spent waiting for a permit: its ‘parallel’ is too small, or it answers too slowly.`,
    );
  if (cache === 'uncached' && /^GET /.test(call.call)) words.push('It is never cached: it has no cache policy.');
  if (cache === 'miss' && call.outcome === 'ok') words.push('It is cached now: the next request finds it there.');
  return words;
}

/** What leaving out would bring, where all that the upstream is asked for are parts that may be left out. */
function withoutParts(upstream: string, duration: number, bars: readonly Bar[], parts: readonly string[]): string[] {
  const partOf = ({ call }: Bar) => call.section.split('.', 1)[0] ?? '';
  const asked = [...new Set(bars.filter(({ call }) => call.upstream === upstream).map(partOf))];
  if (!asked.every((part) => parts.includes(part))) return [];
  const others = bars.filter((bar) => !asked.includes(partOf(bar)));
  const last = Math.max(0, ...bars.map(({ end }) => end));
  const without = duration - last + Math.max(0, ...others.map(({ end }) => end));
  if (without > duration * 0.8) return [];
  return [
    `Who can do without ${asked.join(' and ')} leaves ${asked.length > 1 ? 'them' : 'it'} out (?parts=): then it is there after ${span(without)}.`,
  ];
}
