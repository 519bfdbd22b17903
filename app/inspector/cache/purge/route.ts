import { nextEngine } from '#app/engine.ts';
import { purgeAllEverywhere, purgeEverywhere } from '#kernel/http/purging.ts';
import { act, seeOther } from '../../panels/act.ts';

const LONGEST_TAG = 200;

/** Purges one tag, or with `all` and the word for it everything, as a write or a webhook would. */
export function POST(request: Request): Promise<Response> {
  return act(request, async (form) => {
    const tag = form.get('tag');
    const all = form.has('all') && form.get('sure') === 'everything';
    if (all) purgeAllEverywhere(nextEngine());
    else if (tag && tag.length <= LONGEST_TAG) purgeEverywhere(nextEngine(), [tag]);
    const back = new URL(form.get('return') ?? '', 'http://here.invalid/inspector/cache');
    if (all || tag) back.searchParams.set('purged', all ? 'everything' : (tag ?? ''));
    return seeOther(back.pathname + back.search);
  });
}
