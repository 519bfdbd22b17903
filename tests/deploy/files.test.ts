import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DCLinter } from 'dclint';
import { validate } from 'dockerfile-utils';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { VARIABLES } from '#config/env-variables.ts';
import { isSkipped, programFile, skipNote } from '#tests/support/program.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const compose = parse(read('compose.yaml'), { merge: true });
const manifests = parseAllDocuments(read('deploy/kubernetes/tributary.yaml')).map((document) => document.toJS());
const [config, deployment] = ['ConfigMap', 'Deployment'].map((kind) => manifests.find((one) => one.kind === kind));
/** Every name that the server reads; those of OpenTelemetry are its own. */
const isKnown = (name: string) => name in VARIABLES || name.startsWith('OTEL_');

describe('what is deployed with', () => {
  test('is a Dockerfile that its language server accepts', () => {
    expect(validate(read('Dockerfile'))).toEqual([]);
    expect(validate('FROM debian\nRUNN x')).not.toEqual([]);
  });

  test('is a compose file that fits its schema', () => {
    const linter = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] });
    const errors = linter.lintFiles(['compose.yaml'], false).flatMap(({ messages }) => messages);
    expect(errors.filter(({ type }) => type === 'error')).toEqual([]);
  });

  test.each(manifests.map((manifest) => [manifest.kind as string, manifest] as const))(
    'is a %s that fits the schema of Kubernetes',
    async (kind, manifest) => {
      const models = await import(`kubernetes-models/${manifest.apiVersion}/${kind}`);
      expect(() => new models[kind](manifest).validate()).not.toThrow();
      expect(() => new models[kind]({ ...manifest, metadata: 1 }).validate()).toThrow();
    },
  );

  test.skipIf(isSkipped('haproxy')).each([
    ['HAProxy before the instances', 'deploy/haproxy.cfg'],
    ['HAProxy before the mocks', 'deploy/haproxy-mocks.cfg'],
  ])(`is a configuration that %s takes${skipNote('haproxy')}`, (_, path) => {
    const instances = { INSTANCE_1: '127.0.0.1:3001', INSTANCE_2: '127.0.0.1:3002', INSTANCE_3: '127.0.0.1:3003' };
    const files = [...new Set(['deploy/haproxy.cfg', path])].flatMap((file) => ['-f', file]);
    const { status, stderr } = spawnSync(programFile('haproxy') ?? 'haproxy', ['-c', ...files], {
      env: { BIND: '127.0.0.1:8080', ...instances } as never,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('what is said to the server', () => {
  test('is only what it reads', () => {
    const said = ['one', 'two', 'three'].flatMap((name) => Object.keys(compose.services[name].environment));
    expect([...said, ...Object.keys(config.data)].filter((name) => !isKnown(name))).toEqual([]);
    expect(isKnown('STATE_URI')).toBe(false);
  });

  test('gives it more time to end than it takes', () => {
    const NOTICE_AND_DRAIN = 7 + 20 + 6;
    expect(deployment.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(NOTICE_AND_DRAIN);
    expect(Number.parseInt(compose.services.one.stop_grace_period, 10)).toBeGreaterThan(NOTICE_AND_DRAIN);
  });
});

test('no container is root, writes to its own files, or may become more than it is', () => {
  const { securityContext, containers } = deployment.spec.template.spec;
  expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  for (const name of ['one', 'two', 'three'])
    expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  expect(read('Dockerfile')).toMatch(/^USER 10001$/m);
});
