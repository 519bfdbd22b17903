import { clock, counted, percent, span } from '#operations/shape/ops/words.ts';
import type { OpsStatus } from '#schemas/view/server/ops-status.ts';

type Finding = OpsStatus['findings'][number];

/** A finding in words: the state, and what to do about it. */
interface Advice {
  readonly says: string;
  readonly todo: string;
}

const share = (value: number) => percent(value, 1);

const ADVICE: Readonly<Record<string, (finding: Finding, status: OpsStatus) => Advice>> = {
  StoreUnreachable: () => ({
    says: 'The store can’t be reached: users can’t sign in, no order is placed, webhooks are refused; only what is public is answered.',
    todo: 'Look at the disk under DATA_DIR: full, read-only, away? With STATE_URL, at that database: up, reachable, not a standby, connections left?',
  }),
  Overloaded: ({ value }, { load }) => ({
    says: `This process refuses ${share(value)} of what is asked: it has more to do than it can do (${load.underWay} requests under way, ${load.limit} at most; its event loop is ${span(load.loopDelay)} late).`,
    todo: 'Add instances or cores, or find who asks so much. What is cached is served all the while; nothing wants a restart.',
  }),
  ProcessBusy: ({ value }, { load }) => ({
    says: `This process could not run for ${share(value)} of the last ten seconds (its event loop is ${span(load.loopDelay)} late). What is late then is late by it, and by no upstream.`,
    todo: 'Look at the CPU limit of its container and at its neighbours; then at long work of its own: large bodies, pages, exports.',
  }),
  UpstreamDown: ({ about }, status) => ({
    says: `${about} is cut off${cutOff(about, status)}`,
    todo: `Ask who runs ${about}. Nothing wants a restart here: the breaker probes by itself and closes once it answers.`,
  }),
  TokenUnavailable: ({ about }) => ({
    says: `${about} gets no token of ours: its token endpoint is away, or refuses our client.`,
    todo: `The log says why, after "${about}: no token from". Look at ${about.toUpperCase()}_TOKEN_URL and our client there; ${about} itself is not to blame.`,
  }),
  CompletenessLow: ({ about, value, limit }, status) => ({
    says: `${about}: ${share(value)} of its answers are whole, less than ${share(limit)}${lacking(about, status)}`,
    todo: 'Look at the upstream behind the section that lacks; the others of this list name it if it is ours to see.',
  }),
  UpstreamErrors: ({ about, value, limit }, status) => ({
    says: `${about} fails for ${share(value)} of what it is asked, more than ${share(limit)}: ${reasons(about, status)}.`,
    todo: 'timeout: it is slow, or far. unavailable: its own errors. contract: its answers changed; see /inspector/contracts.',
  }),
  OperationSlow: ({ about, value }) => ({
    says: `${about} takes ${share(value)} of its deadline at p95: soon sections will fall back.`,
    todo: `Open /inspector/endpoints/${about}: the sentence above a slow request names what bounds it.`,
  }),
  CdnPurgeLate: ({ value }) => ({
    says: `The CDN has not confirmed a purge for ${span(value)}: it goes on showing what is old.`,
    todo: 'The line of the CDN above has its reason: CDN_TOKEN, CDN_ID, or the way to its API. Until then, purge everything there by hand.',
  }),
  CacheTierAway: () => ({
    says: 'The shared cache does not answer: every instance fetches for itself. Answers are right, and upstreams asked more.',
    todo: 'Look at the server that CACHE_URL names: its memory, its password, the network to it. Nothing wants a restart here.',
  }),
  InboxParked: ({ value }) => ({
    says: `${counted(value, 'webhook is', 'webhooks are')} parked: nothing that was told there is known here.`,
    todo: 'npm run inbox says why; once that is mended, npm run inbox -- replay --all.',
  }),
  InboxOverdue: ({ value }) => ({
    says: `A webhook has been due for ${span(value)}: the inbox is not worked on.`,
    todo: 'Look in the log for what stops the worker; it begins anew with the process.',
  }),
};

/** What a finding means. One that this version does not know is shown as it came. */
export function adviceOn(finding: Finding, status: OpsStatus): Advice {
  const advice = ADVICE[finding.alert]?.(finding, status);
  return (
    advice ?? { says: `${finding.alert}: ${finding.about} ${finding.value}`, todo: 'See the runbook of the server.' }
  );
}

function cutOff(about: string, { upstreams }: OpsStatus): string {
  const found = upstreams.find(({ name }) => name === about);
  if (found === undefined) return '.';
  const { breaker, harm } = found;
  const since = breaker.since === null ? '' : ` since ${clock(Date.parse(breaker.since))} UTC`;
  const probe = breaker.probeIn === null ? '' : `, next probe in ${span(breaker.probeIn)}`;
  const [worst] = harm.filter(({ how }) => how !== 'covered');
  const without = worst
    ? ` Of late ${counted(worst.answers, 'answer')} of ${worst.operation} suffered${inSection(worst)}.`
    : '';
  return `${since}${probe}.${without}`;
}

function lacking(about: string, { upstreams }: OpsStatus): string {
  const behind = upstreams.flatMap(({ name, harm }) =>
    harm.filter(({ operation, how }) => operation === about && how !== 'covered').map((one) => ({ ...one, name })),
  );
  const [worst] = behind.sort((a, b) => b.answers - a.answers);
  return worst ? `; most lack${inSection(worst)}, of ${worst.name}.` : '.';
}

const inSection = ({ section, how }: { section: string; how: string }) => (section ? ` "${section}" (${how})` : ' all');

function reasons(about: string, { upstreams }: OpsStatus): string {
  const failures = upstreams.find(({ name }) => name === about)?.failures ?? [];
  return [...failures]
    .sort((a, b) => b.count - a.count)
    .map(({ reason, count }) => `${reason} ${count}`)
    .join(', ');
}
