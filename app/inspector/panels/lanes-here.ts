import { laneShown } from '#inspector/lanes.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { allLanes, type LaneState } from '#kernel/upstream/lane/state.ts';
import { currentScenario } from '../scenario/current.ts';

/** All lanes of this process, and the one that a page shows: which its query names, else the one of its reader. */
export async function lanesHere(asked: string | undefined): Promise<{ lanes: LaneState[]; shown: LaneState }> {
  const lanes = allLanes();
  const current = (await currentScenario())?.lane ?? MAIN_LANE;
  const name = laneShown(
    asked,
    current,
    lanes.map((lane) => lane.name),
  );
  return { lanes, shown: lanes.find((lane) => lane.name === name) ?? (lanes[0] as LaneState) };
}
