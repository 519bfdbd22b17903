import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DCLinter } from 'dclint';
import { validate } from 'dockerfile-utils';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { VARIABLES } from '#config/env-variables.ts';
import { isSkipped, programFile, skipNote } from '#tests/support/program.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const compose = parse(read('compose.yaml'), { merge: true });
const manifests = parseAllDocuments(read('deploy/kubernetes/tributary.yaml')).map((document) => document.toJS());
const [config, deployment, autoscaler] = ['ConfigMap', 'Deployment', 'HorizontalPodAutoscaler'].map((kind) =>
  manifests.find((one) => one.kind === kind),
);
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

  test.skipIf(isSkipped('promtool'))(`is a configuration that Prometheus takes${skipNote('promtool')}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-prometheus-'));
    const [file, token] = [join(folder, 'prometheus.yml'), join(folder, 'token')];
    const here = read('deploy/prometheus.yml')
      .replace('/etc/prometheus/alerts.yml', resolve('docs/alerts.yml'))
      .replace('/run/secrets/inspector-token', token);
    const check = (text: string) => {
      writeFileSync(file, text);
      return spawnSync(programFile('promtool') ?? 'promtool', ['check', 'config', file], { encoding: 'utf8' }).status;
    };
    try {
      writeFileSync(token, 'x');
      expect(check(here)).toBe(0);
      expect(check(here.replace('static_configs', 'static_config'))).not.toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  // Its own `validate` is in no package of npm or Debian: what it would say of names and of the port is said here.
  test('is a collector whose pipelines are made of what is declared, each part of it used', () => {
    const { service, ...declared } = parse(read('deploy/otel-collector.yaml'));
    for (const kind of ['receivers', 'processors', 'exporters']) {
      const used = Object.values<Record<string, string[]>>(service.pipelines).flatMap((pipeline) => pipeline[kind]);
      expect([...new Set(used)].sort()).toEqual(Object.keys(declared[kind]).sort());
    }
    const { port } = new URL(compose.services.one.environment.OTEL_EXPORTER_OTLP_ENDPOINT);
    expect(declared.receivers.otlp.protocols.http.endpoint).toBe(`0.0.0.0:${port}`);
  });

  test('is a Grafana that finds Prometheus and the board where the compose file puts them', () => {
    const { datasources, ...sources } = parse(read('deploy/grafana/provisioning/datasources/prometheus.yaml'));
    const { providers, ...boards } = parse(read('deploy/grafana/provisioning/dashboards/tributary.yaml'));
    expect([sources, boards]).toEqual([{ apiVersion: 1 }, { apiVersion: 1 }]);
    const { hostname } = new URL(datasources[0].url);
    expect(datasources).toEqual([expect.objectContaining({ type: 'prometheus', access: 'proxy', isDefault: true })]);
    expect(Object.keys(compose.services)).toContain(hostname);
    expect(JSON.parse(read('deploy/grafana/tributary.json')).templating.list).toContainEqual(
      expect.objectContaining({ name: 'datasource', type: 'datasource', query: datasources[0].type }),
    );
    expect(providers).toEqual([expect.objectContaining({ type: 'file' })]);
    expect(compose.services.grafana.volumes).toContain(
      `./deploy/grafana/tributary.json:${providers[0].options.path}/tributary.json:ro`,
    );
  });
});

describe('what is said to the server', () => {
  test('is only what it reads', () => {
    const said = ['one', 'two', 'three'].flatMap((name) => Object.keys(compose.services[name].environment));
    expect([...said, ...Object.keys(config.data)].filter((name) => !isKnown(name))).toEqual([]);
    expect(isKnown('STATE_URI')).toBe(false);
  });

  test('gives every instance that may be there its share of the limits and of Postgres', () => {
    const { maxReplicas } = autoscaler.spec;
    const { maxSurge } = deployment.spec.strategy.rollingUpdate;
    expect(Number(config.data.INSTANCES)).toBeGreaterThanOrEqual(maxReplicas);
    // Besides its pool an instance has one that listens and one for the logs that are followed. Of Postgres' default of
    // 100, three are its superuser's.
    const connections = Number(config.data.STATE_CONNECTIONS) + 2;
    expect((maxReplicas + maxSurge) * connections).toBeLessThanOrEqual(97);
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
