import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { banner } from '#host/process/banner.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { LIVE } from '#tests/support/environment.ts';

describe('the banner', () => {
  const plain = (_: string, text: string) => text;

  test('says what is mocked, what is live, and what to try, in at most twelve lines', () => {
    const text = banner(readEnv({ PORT: '8080', REVIEWS_URL: 'https://reviews.internal' }), plain);
    expect(text.split('\n').length).toBeLessThanOrEqual(12);
    expect(text).toContain('http://localhost:8080/\n');
    const others = UPSTREAMS.filter((name) => name !== 'reviews');
    expect(text).toMatch(new RegExp(`Mocked +${others.join(', ')} on port 4000`));
    expect(text).toMatch(/Live +reviews\n/);
    expect(text).toMatch(/curl http/);
  });

  test('leaves out what there is none of', () => {
    expect(banner(readEnv(LIVE), plain)).not.toContain('Mocked');
    expect(banner(readEnv({}), plain)).not.toContain('Live');
  });

  test('has no colours where there is no terminal', () => {
    expect(banner(readEnv({}))).not.toContain('\u001b');
  });
});
