import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { nextEngine } from '#app/engine.ts';
import type { Query } from '#app/query.ts';
import { isTryable } from '#inspector/endpoints/tryable.ts';
import { requireInspector } from '../../../panels/allowed.ts';
import { PanelHead } from '../../../panels/panel-head.tsx';
import { CameBack } from './came-back.tsx';
import { choicesIn } from './choices.ts';
import { send } from './send.ts';
import { TryIt } from './try-it.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
  readonly searchParams: Promise<Query>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Try ${(await params).id} · Inspector` };
}

/** Asks an operation what the address of this page says, each time that the page is asked for. */
export default async function TryPage({ params, searchParams }: Props) {
  await requireInspector();
  const { id } = await params;
  const operation = nextEngine().operations.find(({ contract }) => contract.id === id);
  if (operation === undefined || !isTryable(operation)) notFound();
  const choices = choicesIn(await searchParams, operation);
  return (
    <div className="inspect">
      <PanelHead title={`Try ${id}`} live={false}>
        {operation.contract.summary}. <a href={`/inspector/endpoints/${id}`}>What it is made of</a>
      </PanelHead>
      <TryIt operation={operation} choices={choices} />
      {choices.sent && <CameBack operation={operation} choices={choices} sent={await send(operation, choices)} />}
    </div>
  );
}
