import { afterEach, beforeEach, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { operations } from '#operations/index.ts';
import { createCredential } from '#services/credentials/credential.ts';
import { UNHURRIED } from '#tests/support/patience.ts';
import { startIssuer, type TestIssuer } from '#tests/support/token-issuer.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';
import { probeUpstream } from '../../scripts/doctor/probe.ts';

let issuer: TestIssuer;
let inventory: TestUpstream;
beforeEach(async () => {
  resetRegistry();
  issuer = await startIssuer('a-secret');
  inventory = await startUpstream();
  inventory.otherwise = async (response, { headers }) =>
    json(response, {}, (await issuer.holderOf(headers.authorization)) === undefined ? 401 : 200);
});
afterEach(() => Promise.all([issuer.close(), inventory.close()]));

function probes(clientSecret: string) {
  const token = { url: issuer.tokenUrl, clientId: 'things', clientSecret, clientKeyFile: undefined };
  const credential = createCredential('inventory', { token }, { deadlineScale: UNHURRIED });
  return probeUpstream('inventory', { url: inventory.url, mocked: false, credential }, operations, UNHURRIED);
}

test('the doctor shows our token to an upstream', async () => {
  expect(await probes('a-secret')).toMatchObject([{ auth: 'taken', reachable: 'yes' }]);
});

test('an upstream that gets no token of ours is not asked, and the token endpoint is reported', async () => {
  const wrong = expect.stringMatching(/no token from http:.*: invalid_client$/);
  expect(await probes('another')).toMatchObject([{ auth: 'no token', reachable: '?', wrong }]);
  expect(inventory.seen).toEqual([]);
});
