import { nextEngine } from '#app/engine.ts';
import { activeOverrides } from '#kernel/state/overrides.ts';
import { act, seeOther } from '../../panels/act.ts';
import { addressOf, record } from '../audit.ts';

/** Removes an override. */
export function POST(request: Request): Promise<Response> {
  return act(request, async (form) => {
    const now = Date.now();
    const override = activeOverrides(nextEngine().deps.overrides, now).find(({ id }) => id === form.get('id'));
    if (override === undefined) return seeOther('/inspector/levers?done=ended');
    const who = `operator at ${addressOf(request)}`;
    const done = await record({ did: 'released', lever: override, who, at: now });
    return seeOther(`/inspector/levers?${done ? 'done=released' : 'refused=store'}`);
  });
}
