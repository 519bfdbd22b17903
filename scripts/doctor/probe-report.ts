import type { Probe } from './probe.ts';
import { table } from './table.ts';

/** What the probes of live upstreams have shown, and what to do before switching to them. */
export function probeReport(
  probes: readonly Probe[],
  urls: Readonly<Record<string, string>>,
  mocked: readonly string[],
) {
  const wrong = probes.filter((probe) => probe.wrong !== undefined).sort((a, b) => rank(a) - rank(b));
  const items = wrong.map(
    ({ upstream, call, wrong: what, schema }, index) =>
      `${index + 1}. ${upstream}, ${call}: ${what}\n   ${todo(schema, upstream)}`,
  );
  const notes = probes.flatMap(({ upstream, call, note }) => (note ? [`${upstream}, ${call}: ${note}`] : []));
  return [
    Object.entries(urls)
      .map(([name, url]) => `${name} at ${url}`)
      .join('\n'),
    table(
      ['Upstream', 'Call', 'Reachable', 'TLS', 'Auth', 'Schema', 'Took'],
      probes.map(({ upstream, call, reachable, tls, auth, schema, took }) => [
        upstream,
        call,
        reachable,
        tls,
        auth,
        schema,
        took,
      ]),
    ),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
    `Mocked: ${mocked.join(', ') || 'none'}.`,
    items.length === 0 ? 'Nothing hurts.' : `What to do, worst first:\n${items.join('\n')}`,
  ].join('\n\n');
}

/** Upstreams that can't be reached come first, then those that refuse, then those whose answers differ. */
const rank = ({ reachable, schema }: Probe) => (reachable === 'no' ? 0 : schema === 'does not fit' ? 2 : 1);

function todo(schema: Probe['schema'], upstream: string): string {
  return schema === 'does not fit'
    ? `Do not switch yet: bring schemas/upstream/${upstream}.ts and its owners to one mind.`
    : `Do not switch yet: look at ${upstream.toUpperCase()}_URL, the network, and our key or token there.`;
}
