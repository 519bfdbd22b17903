import { nextEngine } from '#app/engine.ts';
import { replay } from '#services/webhooks/inbox/inbox.ts';
import { act, seeOther } from '../../panels/act.ts';

/** Lets a parked delivery be tried anew. */
export function POST(request: Request): Promise<Response> {
  return act(request, async (form) => {
    const delivery = { sender: form.get('sender') ?? '', id: form.get('id') ?? '' };
    const found = await replay(nextEngine().runtime.sessions, delivery);
    return seeOther(`/inspector/inbox?replayed=${found ? 'one' : 'none'}`);
  });
}
