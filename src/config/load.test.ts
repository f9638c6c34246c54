import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  changeSetting,
  defaultConfig,
  describeSettings,
  didYouMean,
  loadConfig,
  options,
} from './index.ts';
import { parseBytes } from './load.ts';

/** Loads from a fresh folder that holds the given files. */
function load(given: { argv?: string[]; env?: Record<string, string>; files?: Record<string, string> } = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'phosor-config-'));
  for (const [name, text] of Object.entries(given.files ?? {})) writeFileSync(join(cwd, name), text);
  return { cwd, ...loadConfig({ argv: given.argv ?? [], env: given.env ?? {}, cwd, packageRoot: '/package' }) };
}

/** The sentences of the ConfigError. */
function problemsOf(given: Parameters<typeof load>[0]): string {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('layers', () => {
  const file = {
    'phosor.config.json': '{ "http": { "port": 1111 }, "syslog": { "port": 2222 }, "webhook": { "ratePerSecond": 7 } }',
  };
  const env = { PHOSOR_HTTP_PORT: '3333', PHOSOR_SYSLOG_PORT: '4444' };

  test('flags over environment over file over default, and each value knows where it comes from', () => {
    const { config, origins } = load({ files: file, env, argv: ['--http-port', '5555'] });
    expect([config.http.port, config.syslog.port, config.webhook.ratePerSecond, config.http.uiPort]).toEqual([
      5555, 4444, 7, 3000,
    ]);
    expect(['http.port', 'syslog.port', 'webhook.ratePerSecond', 'http.uiPort'].map((key) => origins.get(key))).toEqual(
      ['flag', 'environment', 'file', 'default'],
    );
  });

  test('a flag has the name of its variable, or of its key', () => {
    expect(load({ argv: ['--ui-port', '0', '--syslog-rate', '9', '--no-redact-email'] }).config).toMatchObject({
      http: { uiPort: 0 },
      syslog: { ratePerSecond: 9 },
    });
    expect(load({ argv: ['--http-ui-port=0', '--files-roots', '/a', '--file-roots', '/b'] }).config.http.uiPort).toBe(
      0,
    );
  });

  test('YAML says the same as JSON', () => {
    const { config } = load({
      files: { 'phosor.config.yaml': 'files:\n  roots: [/srv/logs]\n  watch:\n    - /srv/logs/a.log\n' },
    });
    expect(config.files.watch).toEqual([{ path: '/srv/logs/a.log', hint: null, fromBeginning: false }]);
  });

  test('the documented names', () => {
    const { config } = load({
      env: {
        PORT: '8123',
        PHOSOR_UI_PORT: '0',
        PHOSOR_FILE_ROOTS: '/var/log:/srv/logs',
        PHOSOR_TRUSTED_RELAYS: '192.0.2.1, 198.51.100.0/24',
        PHOSOR_CORS_ORIGINS: 'https://a.example,https://b.example',
        PHOSOR_SYSLOG_RATE: '0',
        PHOSOR_WEBHOOK_RATE: '5',
        SECRET_KEY: 'a-secret-that-is-long-enough-for-hs256',
        REDACT_EMAIL: 'true',
        REDACT_PHONE: '1',
        REDACT_INTERNAL_IPS: 'yes',
        LOG_RETENTION_MAX_MB: '480',
        PHOSOR_STORE_MEMORY_LIMIT_MB: '128',
      },
    });
    expect(config.http.port).toBe(8123);
    expect(config.store.memoryLimitMb).toBe(128);
    expect(config.http.uiPort).toBe(0);
    expect(config.files.roots).toEqual(['/var/log', '/srv/logs']);
    expect(config.syslog.trustedRelays).toEqual(['192.0.2.1', '198.51.100.0/24']);
    expect(config.http.corsOrigins).toEqual(['https://a.example', 'https://b.example']);
    expect([config.syslog.ratePerSecond, config.webhook.ratePerSecond]).toEqual([0, 5]);
    expect(config.redact).toMatchObject({ email: true, phone: true, internalIps: true });
    expect(config.store.maxBytes).toBe(480_000_000);
  });

  test('the data folder: of the checkout, of the user, or as said', () => {
    expect(load().config.dataDir).toBe('/package/data');
    expect(loadConfig({ argv: [], env: { XDG_DATA_HOME: '/x' }, cwd: '/', packageRoot: null }).config.dataDir).toMatch(
      process.platform === 'darwin' ? /Application Support\/phosor$/ : /^\/x\/phosor$/,
    );
    const { config, cwd } = load({ argv: ['--data-dir', 'here'] });
    expect(config.dataDir).toBe(join(cwd, 'here'));
  });

  test('a number that may also be nothing comes from variables and flags too, and so does nothing', () => {
    const { config } = load({
      argv: ['--store-alert-max-age-days', 'null'],
      env: { PHOSOR_STORE_MAX_AGE_DAYS: '7' },
    });
    expect(config.store).toMatchObject({ maxAgeDays: 7, alertMaxAgeDays: null });
    expect(() => load({ env: { PHOSOR_STORE_MAX_AGE_DAYS: 'x' } })).toThrow('a whole number from 1 to 36500');
  });

  test.each([
    ['450MB', 450_000_000],
    ['1GiB', 1_073_741_824],
    ['64 KiB', 65_536],
    ['1000', 1000],
    ['1.5k', 1500],
    ['', null],
    ['MB', null],
    ['-1', null],
  ])('size %s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });
});

describe('errors name the place, the value and what to do', () => {
  test.each([
    [
      'value of a variable',
      { env: { PORT: '80a' } },
      'http.port is "80a", but must be a whole number from 0 to 65535. (It comes from PORT.)',
    ],
    ['value out of range', { argv: ['--http-port', '70000'] }, 'from 0 to 65535. (It comes from --http-port.)'],
    ['switch', { env: { REDACT_EMAIL: 'maybe' } }, 'redact.email is "maybe", but must be true or false'],
    ['unknown flag', { argv: ['--htp-port', '1'] }, 'There is no flag --htp-port. Did you mean --http-port?'],
    ['flag without value', { argv: ['--http-port'] }, '--http-port needs a value'],
    ['stray word', { argv: ['8000'] }, '"8000" was not expected here'],
    [
      'unknown section',
      { files: { 'phosor.config.json': '{"htp":{}}' } },
      'has an unknown key "htp". Did you mean "http"?',
    ],
    [
      'unknown key',
      { files: { 'phosor.config.json': '{"http":{"prot":1}}' } },
      'has an unknown key "http.prot". Did you mean "http.port"?',
    ],
    [
      'unknown key in a list',
      { files: { 'phosor.config.json': '{"files":{"watch":[{"path":"/var/log/a","hnt":"x"}]}}' } },
      'files.watch',
    ],
    ['broken JSON', { files: { 'phosor.config.json': '{"http": ' } }, 'cannot be read'],
    ['two files', { files: { 'phosor.config.json': '{}', 'phosor.config.yaml': '' } }, 'Keep one of them'],
    ['list as file', { files: { 'phosor.config.yaml': '- a' } }, 'must hold an object'],
    ['missing file', { argv: ['--config', 'nope.json'] }, 'does not exist'],
    ['watched file outside the roots', { argv: ['--files-watch', '/etc/passwd'] }, 'lies outside files.roots'],
  ])('%s', (_, given, sentence) => {
    expect(problemsOf(given as Parameters<typeof load>[0])).toContain(sentence);
  });

  test('all problems at once', () => {
    expect(problemsOf({ argv: ['--http-port', 'x', '--nope', '--syslog-port', 'y'] }).split('\n')).toHaveLength(3);
  });

  test('a secret is never quoted', () => {
    expect(problemsOf({ env: { SECRET_KEY: 'short' } })).not.toContain('short"');
  });

  test('names of others are ignored, near misses of ours are noted, later features are silent', () => {
    const { warnings } = load({
      env: { HTTP_PROXY: 'x', PHOSOR_HTP_PORT: '1', PHOSOR_DECOY_SSH_PORT: '2222', ML_ENABLED: 'true' },
    });
    expect(warnings).toEqual([
      'The environment variable PHOSOR_HTP_PORT means nothing to Phosor. Did you mean PHOSOR_HTTP_PORT?',
    ]);
  });

  test.each([
    ['prot', ['port', 'host'], 'port'],
    ['reply', ['replay', 'rules'], 'replay'],
    ['xyz', ['port', 'host'], null],
    ['', ['port'], null],
  ])('did you mean: %s', (name, candidates, expected) => {
    expect(didYouMean(name, candidates)).toBe(expected);
  });
});

describe('settings', () => {
  test('every option has a title, a description, a variable of its own and a flag of its own', () => {
    expect(options.length).toBeGreaterThan(20);
    for (const each of options) {
      expect(each.title, each.key).not.toBe(each.key);
      expect(each.description.length, each.key).toBeGreaterThan(10);
    }
    const names = options.flatMap(({ env, flags }) => [...env, ...flags]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('secrets are masked wherever they are listed', () => {
    const config = { ...defaultConfig() };
    config.auth = { ...config.auth, secretKey: 'the-real-key-of-this-server', adminPassword: 'the-real-password' };
    const text = JSON.stringify(describeSettings(config, new Map()));
    expect(text).toContain('********');
    expect(text).not.toContain('the-real');
  });

  test('what may change does, what may not says how', () => {
    const config = defaultConfig();
    expect(changeSetting(config, 'redact.email', true).redact.email).toBe(true);
    expect(config.redact.email).toBe(false);
    expect(() => changeSetting(config, 'http.port', 1)).toThrow(/fixed when Phosor starts.*PHOSOR_HTTP_PORT/);
    expect(() => changeSetting(config, 'webhook.ratePerSecond', -1)).toThrow(/must be a whole number from 0/);
    expect(() => changeSetting(config, 'redact.emial', true)).toThrow(/Did you mean "redact.email"/);
  });
});
