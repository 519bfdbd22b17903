import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { span } from '#operations/shape/ops/words.ts';
import { readable } from './shown-target.ts';
import type { Verdict } from './verdict.ts';
import type { Waterfall } from './waterfall.ts';
import { attemptWords } from './words-of-call.ts';

interface About {
  readonly trace: RequestTrace;
  readonly verdict: Verdict;
  readonly waterfall: Waterfall;
  readonly target: string;
  /** Where the inspector shows it. */
  readonly link: string;
}

/** As code: what a client has sent is neither a link nor a mention where this is pasted. */
const quoted = (target: string) => `\`${readable(target).replaceAll('`', '%60')}\``;

/** A request in the words of an incident report: what, when, why, and where to look. */
export function incidentOf({ trace, verdict, waterfall, target, link }: About): string {
  const { id, at, method, status, duration, lane, operation } = trace;
  const rows = waterfall.bars.map(
    ({ call, calls, start, end, onPath }) =>
      `| ${call.section}${calls.length > 1 ? ` × ${calls.length}` : ''}${onPath ? ' ◆' : ''} | ${call.upstream} ${call.call} | ${call.cache} | ${call.outcome} | ${attemptWords(call)} | ${span(Math.max(0, start))} + ${span(end - start)} |`,
  );
  return [
    `## ${method} ${quoted(target)}: ${status} in ${span(duration)}`,
    '',
    verdict.headline,
    ...verdict.notes,
    '',
    `- **When** ${new Date(at).toISOString()}`,
    `- **Operation** ${operation || 'none'}${lane === '' ? '' : `, under the scenario ${lane}`}`,
    `- **Request** [${id}](${link})`,
    ...verdict.help.map(({ words }) => `- ${words}`),
    ...(rows.length === 0
      ? []
      : [
          '',
          '| section (◆ critical path) | call | cache | outcome | attempts | time |',
          '|---|---|---|---|---|---|',
          ...rows,
        ]),
    '',
  ].join('\n');
}
