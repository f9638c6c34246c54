import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type ClientHello, HelloReader } from './hello.ts';
import { readScpCommand } from './scp.ts';

const nameList = (text: string): Buffer => {
  const bytes = Buffer.alloc(4 + text.length);
  bytes.writeUInt32BE(text.length);
  bytes.write(text, 4);
  return bytes;
};

function kexInit(lists: readonly string[]): Buffer {
  const payload = Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...lists.map(nameList), Buffer.alloc(5)]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + 1 + 8);
  head[4] = 8;
  return Buffer.concat([head, payload, Buffer.alloc(8)]);
}

const offer = [
  'curve25519-sha256',
  'ssh-ed25519',
  'aes128-ctr',
  'aes256-ctr',
  'hmac-sha1',
  'hmac-sha2-256',
  'none',
  'zlib',
  '',
  '',
];

function read(bytes: Buffer, piece: number): ClientHello[] {
  const hellos: ClientHello[] = [];
  const reader = new HelloReader(
    () => {},
    (hello) => hellos.push(hello),
  );
  for (let at = 0; at < bytes.length; at += piece) reader.read(bytes.subarray(at, at + piece));
  return hellos;
}

describe('the hello of a client', () => {
  const whole = Buffer.concat([Buffer.from('SSH-2.0-libssh_0.9.6\r\n'), kexInit(offer)]);
  const algorithms = 'curve25519-sha256;aes128-ctr;hmac-sha1;none';

  test.each([1, 3, 7, 1000])('in pieces of %i bytes', (piece) => {
    expect(read(whole, piece)).toEqual([
      { ident: 'SSH-2.0-libssh_0.9.6', algorithms, hassh: createHash('md5').update(algorithms).digest('hex') },
    ]);
  });

  test.each([
    ['a web browser', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a length that is none', 'SSH-2.0-x\n\xff\xff\xff\xff\x00\x14aaaaaaaaaaaaaaaa'],
    ['lists that end too early', `SSH-2.0-x\n\x00\x00\x00\x20\x04\x14${'a'.repeat(40)}`],
    ['no line at all', 'A'.repeat(10_000)],
  ])('%s has no hash', (_, text) => {
    expect(read(Buffer.from(text, 'latin1'), 50).map(({ hassh }) => hassh)).toEqual([null]);
  });
});

test.each([
  ['scp -t /tmp/x', { role: 'sink', recursive: false, paths: ['/tmp/x'] }],
  ['scp -r -p -t -- "/tmp/a b"', { role: 'sink', recursive: true, paths: ['/tmp/a b'] }],
  ["/usr/bin/scp -v -f 'it''s'", { role: 'source', recursive: false, paths: ['it', 's'] }],
  ['scp -t', null],
  ['scp x y', null],
  ['scp -t /tmp; id', null],
  ['scp -t `id`', null],
  ['cat scp -t x', null],
])('%s', (command, expected) => expect(readScpCommand(command)).toEqual(expected));
