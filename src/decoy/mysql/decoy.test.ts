import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { serveDecoy } from '../host.test-suite.ts';
import { talk } from '../talk.test-suite.ts';
import { mysql } from './decoy.ts';
import { packet, readAnswer } from './packets.ts';

/** A log-in as clients send it: protocol 4.1, a database, a plugin, attributes. */
function login(user: string, answer: Buffer, plugin: string): string {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(0x0008 | 0x0200 | 0x8000 | 0x80000 | 0x100000, 0);
  const name = (text: string): Buffer => Buffer.from(`${text}\0`);
  const counted = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  const attributes = Buffer.concat([counted('_client_name'), counted('libprobe')]);
  const body = [
    head,
    name(user),
    Buffer.from([answer.length]),
    answer,
    name('shop'),
    name(plugin),
    Buffer.from([attributes.length]),
    attributes,
  ];
  return packet(1, Buffer.concat(body)).toString('latin1');
}

test.each([
  ['mariadb', 'mysql_native_password', /^5\.5\.5-10\.11\.\d+-MariaDB-0\+deb12u\d\0/],
  ['mysql', 'caching_sha2_password', /^8\.0\.\d+\0/],
])('%s refuses everybody and keeps the answer to its challenge', async (server, plugin, version) => {
  const served = await serveDecoy(mysql, { server });
  try {
    const answer = createHash('sha1').update('x').digest();
    const said = await talk(served.port, [login("o'root", answer, plugin)]);
    expect(said.slice(5)).toMatch(version);
    expect(said).toContain(plugin);
    expect(said).toContain("#28000Access denied for user 'o'root'@'192.0.2.77' (using password: YES)");
    const [told] = served.of('decoy.login');
    expect(told).toMatchObject({
      user: "o'root",
      outcome: 'failure',
      fields: {
        method: plugin,
        database: 'shop',
        answer: answer.toString('hex'),
        attributes: { _client_name: 'libprobe' },
      },
    });
    const challenge = Buffer.from(told?.fields?.challenge as string, 'hex').toString('latin1');
    expect(said).toContain(challenge.slice(0, 8));
    expect(said).toContain(challenge.slice(8));
  } finally {
    await served.stop();
  }
});

test('a client with another plugin is asked again', async () => {
  const served = await serveDecoy(mysql);
  try {
    const said = await talk(served.port, [
      login('root', Buffer.alloc(32, 1), 'caching_sha2_password'),
      packet(3, Buffer.alloc(20, 7)).toString('latin1'),
    ]);
    expect(said).toContain('\xfemysql_native_password\0');
    expect(served.of('decoy.login')[0]?.fields).toMatchObject({
      answer: '07'.repeat(20),
      method: 'mysql_native_password',
    });
  } finally {
    await served.stop();
  }
});

test('no cut of a log-in does harm', () => {
  const whole = Buffer.from(login('root', Buffer.alloc(20, 1), 'p'), 'latin1').subarray(4);
  for (let end = 0; end <= whole.length; end += 1) expect(() => readAnswer(whole.subarray(0, end))).not.toThrow();
  for (let at = 32; at < whole.length; at += 1) {
    const broken = Buffer.from(whole);
    broken[at] = 0xfd;
    expect(() => readAnswer(broken)).not.toThrow();
  }
});
