import { type Lane, MAIN_LANE } from '#kernel/base/lane.ts';

/** A lane in the words of people. */
export const laneName = (lane: Lane): string => (lane === MAIN_LANE ? 'everyday traffic' : lane);

/** What the query calls everyday traffic, which a scenario can't be. */
const EVERYDAY = 'main';

/** The lane that a page shows: the one that its query names if it is there, else the one of its reader. */
export function laneShown(asked: string | undefined, current: Lane, all: readonly Lane[]): Lane {
  const wished = asked === EVERYDAY ? MAIN_LANE : (asked ?? current);
  return all.includes(wished) ? wished : MAIN_LANE;
}

/** The query by which a page shows a lane. */
export const laneQuery = (lane: Lane): string => `lane=${encodeURIComponent(lane === MAIN_LANE ? EVERYDAY : lane)}`;
