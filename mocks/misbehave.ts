import { delay, HttpResponse } from 'msw';
import { parseScenario, type ScenarioWord, type UpstreamName } from '#schemas/upstream/scenario.ts';

/** How one upstream misbehaves in its own way, beside what all have in common. */
export interface FaultInjection {
  /** Its error answer. */
  readonly error: (status: number, message: string) => Response;
  /** A right answer turned into one that breaks the contract as this upstream would. */
  readonly drift: (answer: never) => unknown;
  /** The answer of an upstream that has nothing. */
  readonly empty: (answer: never) => unknown;
}

export interface Conduct {
  /** How long `slow` takes, in milliseconds. */
  readonly slow: number;
  /** Requests by upstream and complete scenario, so that two scenarios never meet. */
  readonly requests: Map<string, number>;
}

type Resolver = () => Response | object | Promise<Response | object>;

const HUGE = 3 * 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };

/** Runs a resolver as the request's scenario has it for this upstream. */
export async function misbehave(
  upstream: UpstreamName,
  request: Request,
  { slow, requests }: Conduct,
  injection: FaultInjection,
  resolve: Resolver,
): Promise<Response> {
  const text = request.headers.get('x-scenario');
  const parsed = text === null ? undefined : parseScenario(text);
  const word: ScenarioWord | undefined = parsed?.ok ? parsed.scenario[upstream] : undefined;
  if (word === 'down') return injection.error(503, `${upstream} is down`);
  if (word === 'hang') return untilGone(request);
  if (word === 'slow') await delay(slow);
  if (word === 'flaky' && parsed?.ok) {
    const key = `${upstream} ${parsed.canonical}`;
    const count = requests.get(key) ?? 0;
    requests.set(key, count + 1);
    if (count % 2 === 0) return injection.error(503, `${upstream} stumbled`);
  }
  const answer = await resolve();
  if (answer instanceof Response) return answer;
  if (word === 'drifted') return json(injection.drift(answer as never));
  if (word === 'empty') {
    const empty = injection.empty(answer as never);
    return empty instanceof Response ? empty : json(empty);
  }
  if (word === 'huge') return new HttpResponse(JSON.stringify(answer) + ' '.repeat(HUGE), { headers: JSON_TYPE });
  return json(answer);
}

/** Never answers. */
function untilGone({ signal }: Request): Promise<Response> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(HttpResponse.error()), { once: true });
  });
}

function json(value: unknown): Response {
  return HttpResponse.json(value as never);
}
