import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { deprecationIssue } from '#kernel/contract/deprecation.ts';
import { languageIssue } from '#kernel/contract/language.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { plan } from '#kernel/contract/plan.ts';
import { guardIssues } from '#kernel/http/security/signed.ts';
import type { Upstream } from '#kernel/upstream/calls/call.ts';

/** The upstreams that have an address, by name. */
type Addresses = Readonly<Record<string, unknown>>;

/** All reasons why these operations can't be served together, or with these upstreams. */
export const contractIssues = (operations: readonly Operation[], upstreams: Addresses): ConfigIssue[] => [
  ...doubled(operations),
  ...operations.flatMap((operation) => planIssues(operation, upstreams)),
  ...operations.flatMap((operation) => deprecationIssues(operation, operations)),
];

function doubled(operations: readonly Operation[]): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const takenBy = new Map<string, string>();
  for (const { contract, route } of operations) {
    const shape = `${route.method} ${route.template.replaceAll(/\{\w+\}/g, '{}')}`;
    for (const name of [`id ${contract.id}`, `route ${shape}`]) {
      const other = takenBy.get(name);
      if (other !== undefined) issues.push(`${contract.id}: its ${name} is taken by ${other}`);
      takenBy.set(name, contract.id);
    }
  }
  return issues;
}

function deprecationIssues(
  { contract: { id, deprecated } }: Operation,
  operations: readonly Operation[],
): ConfigIssue[] {
  if (deprecated === undefined) return [];
  const issue = deprecationIssue(deprecated);
  const { successor } = deprecated;
  const follows = operations.some(({ route, contract }) => route.template === successor && !contract.deprecated);
  return [
    ...(issue ? [`${id} ${issue}`] : []),
    ...(follows ? [] : [`${id} is followed by ${successor}, which is not offered, or going as well`]),
  ];
}

/**
 * Headers that identify the client. No operation may read them: only the principal says who the client is, and a public
 * operation has none.
 */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];

/** A CDN tells answers apart by their address: some ignore Vary (Cloudflare does). */
function sharedIssues({ contract }: Operation): ConfigIssue[] {
  const { id, shared, audience, headers = [], apps, language } = contract;
  if (shared === undefined) return [];
  if (audience !== 'public') return [`${id} is ${audience}, and shared: a CDN would show one's answer to another`];
  return headers.length > 0 || apps || language !== undefined
    ? [`${id} is shared, and its answer depends on a request header: a CDN may not look at that`]
    : [];
}

function planIssues(operation: Operation, upstreams: Addresses): ConfigIssue[] {
  const { id, audience, guests, output, parts = [], headers = [] } = operation.contract;
  if (operation.contract.cookies && output)
    return [`${id} sees cookies: what it answers is no view that could be kept`];
  if (guests !== undefined && audience !== 'either') return [`${id} is ${audience}: guests are only ever on either`];
  const withheld = headers.filter((name) => CREDENTIALS.includes(name) || name !== name.toLowerCase());
  if (withheld.length > 0) return [`${id} wants the header ${withheld.join(', ')}: lower case, and no credential`];
  const unspoken = languageIssue(operation.contract);
  if (unspoken !== undefined) return [`${id} ${unspoken}`];
  const unshared = sharedIssues(operation);
  if (unshared.length > 0) return unshared;
  const unguarded = guardIssues(operation.contract);
  if (unguarded.length > 0) return unguarded;
  try {
    const calls = plan(operation);
    const unknown = new Set(
      calls.map(({ call }) => call.upstream).filter(({ name }: Upstream) => !(name in upstreams)),
    );
    return [
      ...calls
        .filter(({ call }) => audience === 'public' && call.privacy === 'private')
        .map(
          ({ section, call }) => `${id} is public, but its section "${section}" makes a private call: ${call.label}`,
        ),
      ...[...unknown].map(({ name }) => `${id} calls the upstream "${name}", which has no address`),
      ...parts
        .filter((part) => !calls.some(({ section }) => section === part || section.startsWith(`${part}.`)))
        .map((part) => `${id} declares the part "${part}", but has no such section`),
    ];
  } catch (thrown) {
    return [`${id} fails for its example: ${(thrown as Error).message}`];
  }
}
