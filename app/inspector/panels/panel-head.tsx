import type { ReactNode } from 'react';
import { here } from '#app/adapter.ts';
import { Follower } from './follower.tsx';
import { Refresher } from './refresher.tsx';

interface Props {
  readonly title: string;
  /** One sentence that says what the panel shows. */
  readonly children: ReactNode;
  /** Every few seconds if not given; `as it comes` with each request; false where nothing on it moves. */
  readonly live?: boolean | 'as it comes';
}

/** The head of a panel. It renders itself anew while it is visible, unless its address says `live=off`. */
export async function PanelHead({ title, children, live = true }: Props) {
  const url = new URL(await here(), 'http://here.invalid');
  const paused = url.searchParams.get('live') === 'off';
  const now = url.pathname + url.search;
  if (paused) url.searchParams.delete('live');
  else url.searchParams.set('live', 'off');
  return (
    <header className="panel-head">
      <div>
        <h1>{title}</h1>
        <p className="soft">{children}</p>
      </div>
      {live && (
        <p className="panel-live small">
          {!paused && (live === 'as it comes' ? <Follower /> : <Refresher />)}
          <span className="panel-dot" data-on={!paused} aria-hidden="true" />
          {paused ? 'Paused' : 'Live'} <a href={now}>Refresh</a>{' '}
          <a href={url.pathname + url.search}>{paused ? 'Resume' : 'Pause'}</a>
        </p>
      )}
    </header>
  );
}
