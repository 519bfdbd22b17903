import { describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { WEBHOOK_SENDERS } from '#config/webhooks.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { LIVE, REMOTE, refusal, SECRETS } from '#tests/support/environment.ts';

describe('webhook secrets', () => {
  const remote = { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS };

  test('are the mocks’ on this machine, and none elsewhere', () => {
    for (const sender of WEBHOOK_SENDERS) {
      expect(readEnv({}).webhookSecrets[sender]).toEqual([DEVELOPMENT_SECRET]);
      expect(readEnv(remote).webhookSecrets[sender]).toEqual([]);
    }
  });

  test('may be two, and never the mocks’ where others can reach us', () => {
    const both = 'whsec_Q0JBQ0JBQ0JBQ0JBQ0JBQ0JBQ0JB, whsec_QUJDQUJDQUJDQUJDQUJDQUJDQUJD';
    expect(readEnv({ ...remote, UPSTREAM_WEBHOOK_SECRETS: both }).webhookSecrets.upstream).toEqual(both.split(', '));
    for (const sender of WEBHOOK_SENDERS) {
      const name = `${sender.toUpperCase()}_WEBHOOK_SECRETS`;
      expect(refusal({ ...remote, [name]: DEVELOPMENT_SECRET }).message).toContain(`${name} is the mocks’`);
      expect(readEnv({ [name]: DEVELOPMENT_SECRET }).webhookSecrets[sender]).toEqual([DEVELOPMENT_SECRET]);
    }
  });

  test.each([
    ['GITHUB_WEBHOOK_SECRETS', 'too-short'],
    ['GITHUB_WEBHOOK_SECRETS', 'a-secret-of-one,a-secret-of-two,a-secret-of-three'],
    ['CLERK_WEBHOOK_SECRETS', 'not-of-the-standard-form'],
    ['UPSTREAM_WEBHOOK_SECRETS', 'whsec_c2hvcnQ='],
  ])('%s=%s is refused, and not shown', (name, value) => {
    const { message } = refusal({ [name]: value });
    expect(message).toContain(`${name}=… is not one or two secrets`);
    expect(message).not.toContain(value);
  });
});
