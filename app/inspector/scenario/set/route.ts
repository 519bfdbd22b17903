import { nextEngine } from '#app/engine.ts';
import { chosen, scenarioIn } from '#inspector/scenario-choices.ts';
import { SCENARIO_COOKIE, scenarioAsked } from '#kernel/http/engine/scenario.ts';
import { act, seeOther } from '../../panels/act.ts';

/** Seconds after which a forgotten scenario ends by itself. */
const LIFE = 12 * 3_600;

/** Takes one choice into the scenario cookie, or with `all=off` takes the cookie away; leads back to `return`. */
export function POST(request: Request): Promise<Response> {
  return act(request, async (form) => {
    const { cookies, scenarios } = nextEngine().runtime;
    const cookie = request.headers.get('cookie') ?? undefined;
    const before = scenarioAsked({ cookies, scenarios }, { cookie }, undefined)?.text;
    const wished = form.get('all') === 'off' ? '' : chosen(scenarioIn(before), form.get('set') ?? '');
    const back = form.get('return') ?? '/inspector';
    if (wished === undefined) return seeOther('/inspector/scenario');
    // The page of the picker says why: it reads the scenario itself.
    if (wished !== '' && 'problem' in scenarios.read(wished)) {
      return seeOther(`/inspector/scenario?wish=${encodeURIComponent(wished)}`);
    }
    return seeOther(back, cookies.write(SCENARIO_COOKIE, encodeURIComponent(wished), wished === '' ? 0 : LIFE));
  });
}
