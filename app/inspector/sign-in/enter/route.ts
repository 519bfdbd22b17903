import { nextEngine } from '#app/engine.ts';
import { actOnForm, askedBy } from '#app/own-form.ts';
import { INSPECTOR_COOKIE, isToken, PASS_LIFE, passFor } from '#host/operators/inspector-access.ts';
import { refuseOperator } from '#host/pages/refusals.ts';
import { seeOther } from '../../panels/act.ts';
import { inspector, tooManyWrong } from '../../panels/allowed.ts';

/** Takes the token, and leaves a cookie in its place that is worth nothing once the token has changed. */
export async function POST(request: Request): Promise<Response> {
  const { on, token } = inspector();
  if (!on || token === undefined) return new Response('Not found', { status: 404 });
  return actOnForm(request, async (form) => {
    const back = form.get('return') ?? '/inspector';
    if (!isToken(token, form.get('token') ?? '')) {
      const over = await refuseOperator(nextEngine(), askedBy(request), { status: 303, over: 429 });
      if (over) return tooManyWrong(over);
      return seeOther(`/inspector/sign-in?${new URLSearchParams({ refused: '1', return: back })}`);
    }
    return seeOther(back, nextEngine().runtime.cookies.write(INSPECTOR_COOKIE, passFor(token, Date.now()), PASS_LIFE));
  });
}
