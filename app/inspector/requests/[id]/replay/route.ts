import { nextEngine } from '#app/engine.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { SCENARIO_COOKIE } from '#kernel/http/engine/scenario.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { clientAddressAppended } from '#kernel/http/security/client-address.ts';
import { cookiePairs } from '#kernel/identity/cookies.ts';
import { nextRequestId } from '#kernel/telemetry/ids.ts';
import { findTrace } from '#kernel/telemetry/trace.ts';
import { act, seeOther } from '../../../panels/act.ts';
import { mayReplay, pageOf } from '../../look.ts';

interface Context {
  readonly params: Promise<{ readonly id: string }>;
}

/** Sends a GET again, with the operator's session and under the same scenario, and leads to its trace. */
export function POST(request: Request, { params }: Context): Promise<Response> {
  return act(request, async () => {
    const { id } = await params;
    const trace = findTrace(id);
    if (trace === undefined || !mayReplay(trace)) return seeOther(pageOf(id));
    const engine = nextEngine();
    const requestId = nextRequestId();
    const given = (name: string) => request.headers.get(name) ?? undefined;
    await answer(engine, engine.routes, {
      method: 'GET',
      target: trace.target,
      headers: {
        accept: 'application/json',
        cookie: withoutScenario(given('cookie')),
        'x-request-id': requestId,
        ...(trace.lane === '' ? {} : { 'x-scenario': trace.lane }),
      },
      body: undefined,
      address: clientAddressAppended(given('x-forwarded-for'), engine.runtime.trustedProxies),
      gone: new Cancellation(),
    });
    return seeOther(pageOf(requestId));
  });
}

/** It is replayed under the scenario that it had, not under the present one. */
function withoutScenario(cookie: string | undefined): string | undefined {
  if (cookie === undefined) return undefined;
  const name = nextEngine().runtime.cookies.name(SCENARIO_COOKIE);
  const others = [...cookiePairs(cookie)].filter(([given]) => given !== name);
  return others.map((pair) => pair.join('=')).join('; ');
}
