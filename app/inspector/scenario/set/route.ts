import { nextEngine } from '#app/engine.ts';
import { cookieOf } from '#kernel/identity/cookies.ts';
import { act, seeOther } from '../../panels/act.ts';
import { chosen, scenarioIn } from '../choices.ts';
import { decoded, SCENARIO_COOKIE } from '../current.ts';

/** Seconds after which a scenario that somebody has forgotten ends by itself. */
const LIFE = 12 * 3_600;

/** Takes one choice into the scenario cookie, or with `all=off` takes the cookie away; leads back to `return`. */
export function POST(request: Request): Promise<Response> {
  return act(request, async (form) => {
    const { publicUrl, scenarios } = nextEngine().runtime;
    const before = cookieOf(request.headers.get('cookie') ?? undefined, SCENARIO_COOKIE) ?? '';
    const wished = form.get('all') === 'off' ? '' : chosen(scenarioIn(decoded(before)), form.get('set') ?? '');
    const back = form.get('return') ?? '/inspector';
    if (wished === undefined) return seeOther('/inspector/scenario');
    // The page of the picker says why: it reads the scenario itself.
    if (wished !== '' && 'problem' in scenarios.read(wished)) {
      return seeOther(`/inspector/scenario?wish=${encodeURIComponent(wished)}`);
    }
    const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
    const life = wished === '' ? 0 : LIFE;
    const cookie = `${SCENARIO_COOKIE}=${encodeURIComponent(wished)}; Path=/; Max-Age=${life}; HttpOnly; SameSite=Lax${secure}`;
    return seeOther(back, cookie);
  });
}
