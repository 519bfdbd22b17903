import type { PlanLine } from '#inspector/endpoints/plan-lines.ts';

const NEEDS = { subject: 'subject', required: 'required', optional: 'optional', later: 'asked later' } as const;

/** What an operation is made of: a trunk of sections, each with the upstream calls that it begins with. */
export function PlanPicture({ id, lines }: { id: string; lines: readonly PlanLine[] }) {
  return (
    <div className="plan">
      <p className="plan-root">{id}</p>
      <ul>
        {lines.map(({ section, need, depth, calls }) => (
          <li key={`${section} ${need}`} data-need={need} data-depth={Math.min(depth, 3)}>
            <span className="plan-section">
              <strong>{section || 'at once'}</strong> <span className="soft small">{NEEDS[need]}</span>
            </span>
            <span className="plan-calls">
              {calls.map(({ upstream, label, personal, batched }) => (
                <a key={`${upstream} ${label}`} className="plan-call" href={`/inspector/upstreams/${upstream}`}>
                  <strong>{upstream}</strong> {label}
                  {batched && <span className="panel-chip">batched</span>}
                  {personal && <span className="panel-chip">personal</span>}
                </a>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
