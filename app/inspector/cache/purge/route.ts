import { nextEngine } from '#app/engine.ts';
import { readSaid } from '#inspector/levers/read-form.ts';
import { purgeAllEverywhere, purgeEverywhere } from '#kernel/http/write/effects.ts';
import { addressOf, record } from '../../levers/audit.ts';
import { act, seeOther } from '../../panels/act.ts';

const MAX_TAG_LENGTH = 200;
const EVERYTHING = 'everything';

/** Purges one tag, or everything, as a write or a webhook would; the operator must type its name as well. */
export function POST(request: Request): Promise<Response> {
  return act(request, async (form) => {
    const sure = (form.get('sure') ?? '').trim();
    const tag = form.get('tag') ?? sure;
    const said = readSaid(form);
    const back = new URL(form.get('return') ?? '', 'http://here.invalid/inspector/cache');
    const ok = said !== undefined && sure === tag && tag !== '' && tag.length <= MAX_TAG_LENGTH;
    if (ok) {
      if (tag === EVERYTHING) purgeAllEverywhere(nextEngine());
      else purgeEverywhere(nextEngine(), [tag]);
      const who = `${said.who} (${addressOf(request)})`;
      await record({ did: 'purged', tag, why: said.why, who, at: Date.now() });
      back.searchParams.set('purged', tag);
    } else {
      back.searchParams.set('tag', tag.slice(0, MAX_TAG_LENGTH));
      back.searchParams.set('refused', '1');
      back.hash = 'purge';
    }
    return seeOther(back.pathname + back.search + back.hash);
  });
}
