import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { LIVE, REMOTE, refusal, SECRETS } from '#tests/support/environment.ts';

describe('builds of the app', () => {
  const seen = (source: Record<string, string>) => {
    const { ios, android } = readEnv(source).apps;
    return [ios, android].map(({ minimum, recommended, store }) => [minimum?.text, recommended?.text, store]);
  };
  const away = { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS };
  const APPLE = 'https://apps.apple.com/app/id1';

  test('are old and new on this machine, to be tried, and elsewhere all the same', () => {
    expect(seen({})).toEqual([
      ['2.0.0', '3.0.0', 'https://apps.apple.com/'],
      ['2.0.0', '2.9.0', 'https://play.google.com/store'],
    ]);
    expect(seen(away)).toEqual([
      [undefined, undefined, undefined],
      [undefined, undefined, undefined],
    ]);
  });

  test('are as they are set, each platform by itself; where one bound is set the other is none', () => {
    expect(seen({ MOBILE_MIN_VERSION: 'ios/9.1' })).toEqual([
      ['9.1', undefined, 'https://apps.apple.com/'],
      [undefined, undefined, 'https://play.google.com/store'],
    ]);
    const set = { MOBILE_MIN_VERSION: 'ios/2.4.0-rc.1', MOBILE_RECOMMENDED_VERSION: 'android/3, iOS/2.4' };
    expect(seen({ ...away, ...set, APP_STORE_URL: APPLE })).toEqual([
      ['2.4.0-rc.1', '2.4', APPLE],
      [undefined, '3', undefined],
    ]);
  });

  test.each(['2.4.0', 'ios/2.4.0,ios/3', 'web/1.0', 'ios/new', 'ios/2.4.0,', 'ios/2.4.0.1'])('are not %s', (text) =>
    expect(refusal({ MOBILE_MIN_VERSION: text }).message).toContain(`MOBILE_MIN_VERSION=${text} is not platforms`),
  );

  test.each(['http://apps.apple.com/', 'apps.apple.com', 'javascript:alert(1)', 'https://x.example/"'])(
    'are not to be had at %s',
    (APP_STORE_URL) => {
      const taken = URL.canParse(APP_STORE_URL) && APP_STORE_URL.endsWith('"');
      // A URL escapes what would end the header's string.
      if (taken) expect(readEnv({ APP_STORE_URL }).apps.ios.store).toBe('https://x.example/%22');
      else expect(refusal({ APP_STORE_URL }).message).toContain('is not an https URL');
    },
  );

  test('are never turned away without a word where to, nor recommended below what is answered', () => {
    expect(refusal({ ...away, MOBILE_MIN_VERSION: 'android/2' }).message).toContain('PLAY_STORE_URL is not set');
    const crossed = { MOBILE_MIN_VERSION: 'ios/3', MOBILE_RECOMMENDED_VERSION: 'ios/2.9' };
    expect(refusal(crossed).message).toContain('ios/2.9, older than MOBILE_MIN_VERSION has: ios/3');
  });
});
