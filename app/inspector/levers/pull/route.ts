import { randomUUID } from 'node:crypto';
import { nextEngine } from '#app/engine.ts';
import { type Refused, readOverride } from '#inspector/levers/read-form.ts';
import { act, seeOther } from '../../panels/act.ts';
import { addressOf, record } from '../audit.ts';

/** Sets an override as a form says, or leads back to it with what was typed and why nothing was done. */
export function POST(request: Request): Promise<Response> {
  return act(request, async (form) => {
    const { runtime, operations } = nextEngine();
    const wanted = readOverride(form, { upstreams: Object.keys(runtime.upstreams), operations });
    if (typeof wanted === 'string') return refused(form, wanted);
    const { aim, why, who, lasts } = wanted;
    const at = Date.now();
    const by = `${who} (${addressOf(request)})`;
    const override = { ...aim, id: randomUUID(), why, who: by, at, until: at + lasts };
    if (!(await record({ did: 'pulled', lever: override }))) return refused(form, 'store');
    return seeOther('/inspector/levers?done=pulled');
  });
}

const REMEMBERED = ['kind', 'aim', 'beyond', 'minutes', 'why', 'who'];
const MAX_LENGTH = 200;

function refused(form: URLSearchParams, why: Refused): Response {
  const typed = REMEMBERED.map((name) => [name, (form.get(name) ?? '').slice(0, MAX_LENGTH)]);
  return seeOther(`/inspector/levers?${new URLSearchParams([...typed, ['refused', why]])}#pull`);
}
