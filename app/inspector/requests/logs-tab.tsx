import { linesOf } from '#inspector/json/json-lines.ts';
import { shownFields } from '#inspector/requests/shown-log.ts';
import { type LogLine, logLinesOf } from '#kernel/telemetry/log-lines.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { clockSeconds } from '#operations/shape/ops/words.ts';
import { JsonView } from './json-view.tsx';
import { operationOf } from './look.ts';

const LEVELS: Readonly<Record<number, string>> = { 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const ITEMS = 40;

/** What a request wrote to the log. `target` is its address as it may be shown. */
export function LogsTab({ trace, target }: { trace: RequestTrace; target: string }) {
  const lines = logLinesOf(trace.id);
  if (lines.length === 0) {
    return (
      <p className="soft">
        It wrote nothing that is here still. Of answers that went well one in a hundred is logged, and LOG_LEVEL may
        leave out the rest; what went wrong unexpectedly always is.
      </p>
    );
  }
  const audience = operationOf(trace)?.contract.audience;
  return (
    <ol className="panel-list">
      {lines.map((line, index) => (
        <li key={index} data-row>
          <p>
            <span className="log-level" data-level={LEVELS[line.level]}>
              {LEVELS[line.level] ?? line.level}
            </span>{' '}
            <span className="soft small">{clockSeconds(line.at)} UTC</span> {line.message}
          </p>
          <Fields line={line} fields={shownFields(line.fields, target, audience !== 'public')} index={index} />
        </li>
      ))}
    </ol>
  );
}

function Fields({ line, fields, index }: { line: LogLine; fields: LogLine['fields']; index: number }) {
  if (Object.keys(fields).length === 0) return null;
  return (
    <JsonView lines={linesOf(fields, new Map(), ITEMS)} label={`Line ${index + 1}, ${line.message ?? 'access'}`} />
  );
}
