const SHAPES: Readonly<Record<string, string>> = {
  hit: '●',
  collapsed: '◑',
  coalesced: '◑',
  shared: '◉',
  stale: '◐',
  spare: '▲',
  miss: '○',
  uncached: '·',
  bypass: '·',
};

/** Where an answer came from: shape, word, colour. */
export function CacheMark({ cache }: { cache: string }) {
  return (
    <span className="cache-mark" data-cache={cache}>
      <span aria-hidden="true">{SHAPES[cache]}</span> {cache}
    </span>
  );
}

export function Status({ status, problem }: { status: number; problem: string | undefined }) {
  return (
    <span className="status" data-class={Math.floor(status / 100)} title={problem}>
      {status}
    </span>
  );
}

export function Method({ method }: { method: string }) {
  return (
    <span className="method" data-method={method} title={ABOUT[method]}>
      {method}
    </span>
  );
}

const ABOUT: Readonly<Record<string, string>> = {
  PAGE: 'read in-process by one of our pages',
  LIVE: 'refreshed for a live read',
};
