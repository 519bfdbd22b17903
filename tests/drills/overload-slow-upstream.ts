import { pause } from '#tests/support/until.ts';
import { overloadDrill } from './overload/drill.ts';
import { cameBack, dueFrom, isWhole, noneOpened, percent, tally, told } from './overload/figures.ts';
import { capacityOf, DEADLINE, inLab, moment, wholeAgain } from './overload/lab.ts';
import { friendsOf, NAMES } from './overload/twelve.ts';

const SIZES = {
  short: { perSecond: 80, times: 60, warm: 0.5, before: 500, slow: 2_500 },
  full: { share: 0.5, times: 20, warm: 4, before: 10_000, slow: 20_000 },
} as const;
/** Milliseconds that an upstream takes. */
const USUAL = 15;
const SLOW = 'golf';
const LEAST = 0.95;
const alone = (name: string) => `/api/${name}/{}`;
const withFriends = (name: string) => `/api/${name}/{}/friends`;
const TARGETS = NAMES.flatMap((name) => [alone(name), withFriends(name)]);
const NEEDY = [SLOW, ...NAMES.filter((name) => friendsOf(name).includes(SLOW))];
/** What does not need the slow one at all. */
const OTHERS = TARGETS.filter(
  (target) => target !== alone(SLOW) && !NEEDY.some((name) => target === withFriends(name)),
);
/** In short most of it needs the slow one, so that all its places are taken soon, and those who wait are too many. */
const SHORT_TARGETS = OTHERS.flatMap((target) => [target, alone(SLOW), alone(SLOW), alone(SLOW)]);

/**
 * One of twelve upstreams takes twenty times as long as usual (sixty times in short), and still answers. Seeded defect: one bulkhead, or one
 * admission limit that takes an upstream's time for ours, over all of them: what is slow takes the places of what is not.
 */
export const drill = overloadDrill({
  name: 'overload: one of twelve upstreams is slow',
  proves: 'who does not need it does not notice',
  measure: (root, size, tell) =>
    inLab({ root, size, upstreams: 'twelve' }, async (lab) => {
      const { times, warm, before, slow } = SIZES[size];
      const targets = size === 'short' ? SHORT_TARGETS : TARGETS;
      for (const name of NAMES) lab.takes(name, USUAL);
      const server = await lab.startServer();
      const capacity = await capacityOf(server, warm, TARGETS);
      const perSecond = size === 'short' ? SIZES.short.perSecond : SIZES.full.share * capacity;
      tell(`${capacity.toFixed(0)} answers a second at most, asked for ${perSecond.toFixed(0)}`);
      const load = await lab.startLoad();
      load.aim(server, targets);
      load.rate(perSecond);
      await pause(500);
      const atUsual = moment();
      await pause(before);
      const atSlow = moment();
      lab.takes(SLOW, times * USUAL);
      await pause(slow);
      const end = moment();
      lab.takes(SLOW, USUAL);
      load.rate(0);
      const back = await wholeAgain(server, withFriends(SLOW));
      const { asked } = await load.finish();

      const others = asked.filter(({ target }) => OTHERS.includes(target));
      const crowded = others.filter(({ outcome }) => /:unavailable|overloaded in/.test(outcome)).length;
      const goodput = (from: number, until: number) =>
        dueFrom(others, from, until).filter((one) => isWhole(one) && one.ended - one.due <= DEADLINE).length /
        ((until - from) / 1_000);
      const [usual, now] = [goodput(atUsual, atSlow), goodput(atSlow, end)];
      return [
        noneOpened('breakers of others that opened', server, { except: SLOW }),
        {
          what: 'goodput of what does not need it',
          wanted: `≥ ${percent(LEAST)}`,
          seen: `${percent(now / usual)}: ${now.toFixed(1)} of ${usual.toFixed(1)} a second`,
          held: now / usual >= LEAST,
          timed: true,
        },
        {
          what: 'others that found no place',
          wanted: '0',
          seen: String(crowded),
          held: crowded === 0,
        },
        told('what others came to', tally(dueFrom(others, atSlow, end))),
        told(
          'what those that need it came to',
          tally(
            dueFrom(
              asked.filter(({ target }) => !OTHERS.includes(target)),
              atSlow,
              end,
            ),
          ),
        ),
        cameBack(back),
      ];
    }),
});
