import type { Scenarios } from '#kernel/http/engine/engine.ts';
import { parseScenario } from '#schemas/upstream/scenario.ts';

/** A scenario's words as a lane; refused where they name an upstream that is live. */
export function scenariosFor(upstreams: Readonly<Record<string, { readonly mocked: boolean }>>): Scenarios {
  return {
    playable: Object.values(upstreams).some(({ mocked }) => mocked),
    read(text) {
      const parsed = parseScenario(text);
      if (!parsed.ok) return { problem: parsed.problem };
      const live = Object.keys(parsed.scenario).filter((name) => !upstreams[name]?.mocked);
      if (live.length === 0) return { lane: parsed.canonical };
      return { problem: `${live.join(', ')} is live here: only mocked upstreams take scenarios.` };
    },
    header: (lane, upstream) => {
      const word = lane.split(',').find((part) => part.startsWith(`${upstream}=`));
      return word && upstreams[upstream]?.mocked ? lane : undefined;
    },
  };
}
