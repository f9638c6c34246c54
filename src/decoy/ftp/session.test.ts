/** The decoy's bytes against those of a real vsftpd 3.0.3 (Debian 12), which are kept in samples/. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineDecoy } from '../contract.ts';
import { type Served, serveDecoy } from '../host.test-suite.ts';
import { memoryFiles } from './memory-files.ts';
import { afterLogin, beforeLogin, plain, type Scenario, transcript } from './probe.test-suite.ts';
import { FtpSession } from './session.ts';

const account = { user: 'deploy', password: 's3cret' };

/** The disk that the real server had: `pub/readme.txt` and `pub/data.bin` in the account's home. */
const bare = defineDecoy({
  name: 'ftp',
  title: 'FTP',
  description: '',
  defaultPort: 2121,
  protocol: 'ftp',
  options: z.strictObject({}),
  load: async () => undefined,
  start: (host) => ({
    connection(socket, visit) {
      const files = memoryFiles(Date.now());
      const home = '/home/deploy';
      for (const [path, mode] of [
        ['/home', 0o1777],
        [home, 0o755],
        [`${home}/pub`, 0o755],
      ] as const)
        files.mkdir(path, mode);
      files.write(`${home}/pub/readme.txt`, Buffer.from('hello world\n'));
      files.write(`${home}/pub/data.bin`, Buffer.alloc(5000));
      files.utimes(`${home}/pub/readme.txt`, Date.UTC(2026, 2, 1, 12));
      files.utimes(`${home}/pub/data.bin`, Date.UTC(2024, 2, 1, 12));
      new FtpSession(socket, { ...visit, address: '127.0.0.1' }, host, {
        banner: '(vsFTPd 3.0.3)',
        anonymous: false,
        writable: true,
        failureDelayMs: 0,
        admits: (_, user, password) => user === account.user && password === account.password,
        account: () => ({ uid: 1234, gid: 1234, home }),
        open: () => files,
        clients: () => 1,
      }).start();
    },
  }),
});

let served: Served;
beforeAll(async () => {
  served = await serveDecoy(bare);
});
afterAll(() => served.stop());

describe('the bytes of vsftpd 3.0.3', () => {
  const real = JSON.parse(readFileSync(new URL('samples/vsftpd-3.0.3.json', import.meta.url), 'utf8')) as Record<
    string,
    string[]
  >;
  const scenarios = [...beforeLogin(account), ...afterLogin(account)];

  test('every scenario was asked of the real server', () => {
    expect(Object.keys(real)).toEqual(scenarios.map(({ name }) => name));
  });

  test('every answer is the same', async () => {
    const told: Record<string, string[]> = {};
    const left: Scenario[] = [...scenarios];
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift())
        told[next.name] = (await transcript(served.port, next)).map(plain);
    };
    await Promise.all(Array.from({ length: 12 }, work));
    for (const { name } of scenarios) expect(told[name], name).toEqual(real[name]);
  }, 120_000);
});

test('nobody is dialled, and where the client wanted it to is told', async () => {
  const before = served.of('decoy.forward').length;
  await transcript(served.port, {
    name: 'port',
    steps: ['USER deploy', 'PASS s3cret', 'PORT 203,0,113,9,4,1', 'EPRT |2|2001:db8::9|2000|'],
  });
  expect(
    served
      .of('decoy.forward')
      .slice(before)
      .map(({ fields }) => fields),
  ).toEqual([
    { kind: 'port', dst_host: '203.0.113.9', dst_port: 1025 },
    { kind: 'eprt', dst_host: '2001:db8::9', dst_port: 2000 },
  ]);
});

test('names, passwords, commands and files are told', async () => {
  const from = served.records.length;
  await transcript(served.port, {
    name: 'all',
    steps: [
      'USER r\u00c3\u00b6\u00c3\u00b6t',
      'PASS geheim',
      'USER deploy',
      'PASS s3cret',
      'CWD pub',
      { data: 'STOR x.sh', upload: '#!/bin/sh\n' },
    ],
  });
  const upload = await served.until(
    (record) => record.event_type === 'decoy.upload' && record.fields?.file_name === '/home/deploy/pub/x.sh',
  );
  expect(upload.fields).toMatchObject({
    size: 10,
    sha256: 'a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf',
  });
  expect(
    served.records
      .slice(from)
      .map(({ event_type, outcome, user, fields }) => [
        event_type,
        outcome,
        user,
        fields?.password ?? fields?.command ?? fields?.via,
      ]),
  ).toEqual([
    ['decoy.login', 'failure', 'rööt', 'geheim'],
    ['decoy.login', 'success', 'deploy', 's3cret'],
    ['decoy.command', undefined, 'deploy', 'CWD pub'],
    ['decoy.command', undefined, 'deploy', 'PASV'],
    ['decoy.command', undefined, 'deploy', 'STOR x.sh'],
    ['decoy.upload', undefined, undefined, 'ftp'],
  ]);
});
