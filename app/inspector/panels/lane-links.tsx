import { laneName, laneQuery } from '#inspector/lanes.ts';
import type { Lane } from '#kernel/base/lane.ts';

interface Props {
  readonly path: string;
  readonly shown: Lane;
  readonly lanes: readonly { readonly name: Lane; readonly note?: string | undefined }[];
}

/** The way from one lane to the others; nothing where there is but one. */
export function LaneLinks({ path, shown, lanes }: Props) {
  if (lanes.length < 2) return null;
  return (
    <nav className="panel-tabs" aria-label="Lanes">
      {lanes.map(({ name, note }) => (
        <a key={name} href={`${path}?${laneQuery(name)}`} aria-current={name === shown ? 'page' : undefined}>
          {laneName(name)}
          {note && <span className="panel-mark">{note}</span>}
        </a>
      ))}
    </nav>
  );
}
