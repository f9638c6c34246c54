import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defaultConfig } from '../config/load.ts';
import { openHarness } from '../serve/harness.test-suite.ts';
import { openCertificate } from './certificate.ts';
import { createLog } from './log.ts';
import { listen } from './ports.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phosor-tls-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});
const configOf = (tls: object) => {
  const config = defaultConfig();
  return { ...config, dataDir: folder, tls: { ...config.tls, ...tls }, http: { ...config.http, port: 0, uiPort: 0 } };
};
const fingerprintAt = (port: number): Promise<string> =>
  new Promise((done, fail) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      done(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', fail);
  });

test('without a certificate there is none', async () => {
  expect(await openCertificate(configOf({}))).toBeNull();
});

test('one of its own is made once, for the owner alone, and answers HTTPS; a new one is taken while it runs', {
  timeout: 60_000,
}, async () => {
  const config = configOf({ selfSigned: true });
  const certificate = await openCertificate(config);
  const again = await openCertificate(config);
  expect(again?.fingerprint).toBe(certificate?.fingerprint);
  const key = join(folder, 'tls', 'key.pem');
  expect(statSync(key).mode & 0o777).toBe(0o600);

  const other = mkdtempSync(join(tmpdir(), 'phosor-tls-'));
  const newer = await openCertificate({ ...config, dataDir: other });
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const harness = await openHarness();
  const logged: string[] = [];
  const front = await listen(
    harness.app,
    { ...config.http, dataDir: folder, certificate },
    (_, line) => void logged.push(line),
  );
  const port = Number(new URL(front.address).port);
  expect(front.address).toMatch(/^https:/);
  expect(await fingerprintAt(port)).toBe(certificate?.fingerprint);
  expect(logged.join()).toContain(certificate?.fingerprint);

  const file = join(folder, 'tls', 'cert.pem');
  const touch = (seconds: number) => utimesSync(file, seconds, seconds);
  writeFileSync(file, newer?.current().cert ?? '');
  touch(1_800_000_000);
  vi.advanceTimersByTime(10_000);
  expect(logged.at(-1)).toContain('The former certificate stays in use.');
  expect(await fingerprintAt(port)).toBe(certificate?.fingerprint);
  writeFileSync(key, newer?.current().key ?? '');
  touch(1_800_000_001);
  vi.advanceTimersByTime(10_000);
  expect(await fingerprintAt(port)).toBe(newer?.fingerprint);
  await front.close();
  rmSync(other, { recursive: true });
});

test('files that are missing or do not fit together are refused with a sentence', async () => {
  await expect(openCertificate(configOf({ certFile: '/x' }))).rejects.toThrow(
    'both PHOSOR_TLS_CERT and PHOSOR_TLS_KEY',
  );
  const file = join(folder, 'x.pem');
  await expect(openCertificate(configOf({ certFile: file, keyFile: file }))).rejects.toThrow('cannot be read (ENOENT)');
  writeFileSync(file, 'nonsense');
  await expect(openCertificate(configOf({ certFile: file, keyFile: file }))).rejects.toThrow(
    'cannot be used for HTTPS',
  );
});

test('the log as JSON: an object a line, whatever a message holds', () => {
  const lines: string[] = [];
  const { log, print } = createLog(
    (line) => lines.push(line),
    'json',
    () => 0,
  );
  log('warn', '[RATE_LIMIT] x exceeded\n{"level":"error"}\ud800');
  print('  webhook: POST');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      time: '1970-01-01T00:00:00.000Z',
      level: 'warn',
      topic: 'rate_limit',
      message: 'x exceeded\n{"level":"error"}\ufffd',
    },
    { time: '1970-01-01T00:00:00.000Z', level: 'info', message: 'webhook: POST' },
  ]);
  expect(lines.every((line) => !line.includes('\n'))).toBe(true);
});
