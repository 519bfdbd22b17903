import type { Metadata } from 'next';
import { nextEngine } from '#app/engine.ts';
import { flat, type Query } from '#app/query.ts';
import { requireInspector } from '../panels/allowed.ts';
import { PanelHead } from '../panels/panel-head.tsx';
import { ScenarioForm } from '../scenario-picker.tsx';

export const metadata: Metadata = { title: 'Scenario · Inspector' };

interface Props {
  readonly searchParams: Promise<Query>;
}

export default async function ScenarioPage({ searchParams }: Props) {
  await requireInspector();
  const { wish } = flat(await searchParams);
  const read = wish === undefined ? undefined : nextEngine().runtime.scenarios.read(wish);
  return (
    <div className="inspect">
      <PanelHead title="Scenario" live={false}>
        How the mocked upstreams behave for this browser, in a lane of its own: no other traffic notices.
      </PanelHead>
      {read && 'problem' in read && (
        <p className="notice" role="alert">
          {`Nothing was changed. ${read.problem}`}
        </p>
      )}
      <ScenarioForm back="/inspector/scenario" />
      <p className="soft small">
        The same words work for one request: <code>?scenario=reviews=slow</code> in an address,{' '}
        <code>x-scenario: reviews=slow</code> in a header. A scenario that is forgotten ends after twelve hours.
      </p>
    </div>
  );
}
