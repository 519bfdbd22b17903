import type { ViewWithMeta } from '#kernel/http/pages/page.ts';

interface Props {
  readonly meta: ViewWithMeta<unknown>['meta'];
  readonly section: string;
  /** The name of what is missing: `Reviews`. */
  readonly what: string;
}

/** A calm word in the place of a section that is missing, or beside one that is old. */
export function Notice({ meta, section, what }: Props) {
  const status = meta.sections[section];
  if (status === undefined || status.state === 'pending') return null;
  if (status.state === 'stale' && status.since) {
    return <p className="notice">{`${what} as of ${status.since.slice(11, 16)} UTC.`}</p>;
  }
  return <p className="notice">{`${what} can’t be shown right now.`}</p>;
}
