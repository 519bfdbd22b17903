import type { Budget } from '#inspector/endpoints/budget.ts';
import { percent, size, span } from '#operations/shape/ops/words.ts';
import { Fact } from '../../../panels/fact.tsx';
import type { Cost } from './cost.ts';

interface Props {
  readonly cost: Cost;
  /** By the kind of client that they are for. */
  readonly budgets: ReadonlyMap<string, Budget>;
}

/** What the answer costs a client: bytes against their budgets, round trips, time over a slow network. */
export function CostCard({ cost: { json, gzip, instead, slow, etag }, budgets }: Props) {
  const of = (bytes: number, kind: keyof Budget) =>
    [...budgets].map(([client, budget]) => (
      <span key={client} className="cost-budget" data-over={bytes > budget[kind] * 1.01}>
        {percent(bytes, budget[kind])} of the {size(budget[kind])} for {client}
      </span>
    ));
  return (
    <dl className="panel-facts">
      <Fact name="Body" note={of(json, 'json')}>
        {size(json)}
      </Fact>
      <Fact name="Under gzip" note={of(gzip, 'gzip')}>
        {size(gzip)}
      </Fact>
      <Fact name="Round trips" note={instead > 1 && `instead of ${instead}, one to each upstream`}>
        1
      </Fact>
      <Fact name="Over slow 3G" note="400 ms there and back, 400 kbit/s, already connected">
        {span(slow)}
      </Fact>
      <Fact name="ETag" note={etag ? 'with it, an unchanged answer is a 304 without a body' : 'it has none'}>
        {etag ?? '–'}
      </Fact>
    </dl>
  );
}
