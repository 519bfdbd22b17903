import { STATUS_CODES } from 'node:http';
import { budgetsOf } from '#inspector/endpoints/budget.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { shownReply } from '#kernel/telemetry/mask.ts';
import { findTrace } from '#kernel/telemetry/trace.ts';
import { size, span } from '#operations/shape/ops/words.ts';
import { CopyButton } from '../../../panels/copy-button.tsx';
import { addressOf, type Choices } from './choices.ts';
import { costOf } from './cost.ts';
import { CostCard } from './cost-card.tsx';
import { Lifetime } from './lifetime.tsx';
import type { Sent } from './send.ts';

interface Props {
  readonly operation: Operation;
  readonly choices: Choices;
  readonly sent: Sent;
}

/** What an operation has answered: what it costs, how long it lives, its headers, and the body to copy. */
export function CameBack({ operation, choices, sent }: Props) {
  const { requestId, target, status, fields, body, duration } = sent;
  const cost = costOf(sent, findTrace(requestId));
  const json = body.length === 0 ? undefined : (JSON.parse(body.toString('utf8')) as unknown);
  return (
    <>
      <section className="section" aria-label="What came back">
        <h2>
          {status} {STATUS_CODES[status]}, {size(body.length)}, {span(duration)}
        </h2>
        <p>
          <code>GET {target}</code> · <a href={`/inspector/requests/${encodeURIComponent(requestId)}`}>Its waterfall</a>{' '}
          · <a href={addressOf(operation, choices, undefined)}>Send again</a>
          {cost.etag !== undefined && (
            <>
              {' '}
              · <a href={addressOf(operation, choices, cost.etag)}>Send again with its ETag</a>
            </>
          )}
        </p>
        {status === 426 && <TooOld problem={json as TooOldProblem} />}
        {status === 200 && <CostCard cost={cost} budgets={budgetsOf(operation)} />}
      </section>
      <Lifetime operation={operation} />
      <section className="section" aria-label="Headers">
        <h2>Headers</h2>
        <dl className="fields">
          {shownReply(fields).map(([name, value], index) => (
            <div key={index}>
              <dt>{name.toLowerCase()}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      {json !== undefined && <Body json={json} />}
    </>
  );
}

interface TooOldProblem {
  readonly title: string;
  readonly detail?: string;
  readonly store?: string;
}

/** What an app with too old a build shows. */
function TooOld({ problem: { title, detail, store } }: { problem: TooOldProblem }) {
  return (
    <div className="notice">
      <p>An app shows this, and nothing else can be done in it:</p>
      <p>
        <strong>{title}.</strong> {detail}
      </p>
      {store && (
        <p>
          Its one button leads to <a href={store}>{store}</a>
        </p>
      )}
    </div>
  );
}

function Body({ json }: { json: unknown }) {
  const text = JSON.stringify(json, null, 2);
  return (
    <section className="section" aria-label="Body">
      <h2>Body</h2>
      <div className="panel-code">
        <CopyButton text={text} at="c">
          Copy as fixture
        </CopyButton>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1). */}
        <pre tabIndex={0}>{text}</pre>
      </div>
    </section>
  );
}
