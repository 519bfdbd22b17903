import { completenessOf } from '#inspector/requests/completeness.ts';
import { readable } from '#inspector/requests/shown-target.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { clockSeconds, size, span } from '#operations/shape/ops/words.ts';
import { pageOf, targetOf } from './look.ts';
import { CacheMark, Method, Status } from './marks.tsx';
import { Ring } from './ring.tsx';

interface Props {
  readonly trace: RequestTrace;
  /** Where it can be compared with another, or marked for that. */
  readonly compare: { readonly href: string; readonly word: string };
}

export function RequestRow({ trace, compare }: Props) {
  const { id, at, method, status, problem, duration, bytesOut, cache, lane, calls } = trace;
  const target = readable(targetOf(trace));
  const upstreams = new Set(calls.map(({ upstream }) => upstream));
  return (
    <tr data-row>
      <td className="number soft">
        <time dateTime={new Date(at).toISOString()}>{clockSeconds(at)}</time>
      </td>
      <th scope="row">
        <Method method={method} />{' '}
        <a className="request-target" href={pageOf(id)}>
          {target}
        </a>
        {lane !== '' && (
          <span className="panel-chip" data-lane="true">
            {lane}
          </span>
        )}
      </th>
      <td>
        <Status status={status} problem={problem} />
      </td>
      <td className="number">{span(duration)}</td>
      <td className="number">
        <Ring completeness={completenessOf(trace)} />
      </td>
      <td className="number">{bytesOut === 0 ? '–' : size(bytesOut)}</td>
      <td>
        <CacheMark cache={cache} />
      </td>
      <td className="number" title={[...upstreams].join(', ')}>
        {upstreams.size === 0 ? '–' : upstreams.size}
      </td>
      <td>
        <a className="small soft" href={compare.href} aria-label={`${compare.word} ${target}`}>
          {compare.word}
        </a>
      </td>
    </tr>
  );
}
