import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isGrease, ja3Text, ja4, readTlsHello, type TlsHello } from './tls-hello.ts';

const digest = (algorithm: 'md5' | 'sha256', text: string): string => createHash(algorithm).update(text).digest('hex');

const hello = (more: Partial<TlsHello>): TlsHello => ({
  version: 0x0303,
  highestVersion: 0x0304,
  ciphers: [],
  extensions: [],
  groups: [],
  pointFormats: [],
  signatureAlgorithms: [],
  serverName: null,
  alpn: [],
  alpnEnds: null,
  ...more,
});

const browser = hello({
  ciphers: [
    0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f,
    0x35,
  ],
  extensions: [
    0x2a2a, 0x1b, 0, 0x33, 0x10, 0x4469, 0x17, 0x2d, 0xd, 5, 0x23, 0x12, 0x2b, 0xff01, 0xb, 0xa, 0x15, 0x3a3a,
  ],
  groups: [0x4a4a, 29, 23, 24],
  pointFormats: [0],
  signatureAlgorithms: [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
  alpn: ['h2', 'http/1.1'],
  alpnEnds: [0x68, 0x32],
});

/** The first bytes of Node's own client. */
async function bytesOfNode(): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const bytes = new Promise<Buffer>((resolve) => {
    server.once('connection', (socket) =>
      socket.once('data', (data) => resolve(Buffer.from(data))).on('error', () => undefined),
    );
  });
  const client = connect({ host: '127.0.0.1', port, servername: 'wire.example', ALPNProtocols: ['h2', 'http/1.1'] });
  client.on('error', () => undefined);
  const found = await bytes;
  client.destroy();
  server.close();
  return found;
}

describe('fingerprints', () => {
  test('JA4 of a browser is the one that its specification gives', () => {
    expect(ja4(browser, digest)).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
  });

  test('the order of extensions changes JA3 and not JA4', () => {
    const turned = { ...browser, extensions: browser.extensions.toReversed() };
    expect(ja4(turned, digest)).toBe(ja4(browser, digest));
    expect(ja3Text(turned)).not.toBe(ja3Text(browser));
  });

  test('JA3 leaves GREASE out', () => {
    expect(ja3Text(browser)).toBe(
      '771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,27-0-51-16-17513-23-45-13-5-35-18-43-65281-11-10-21,29-23-24,0',
    );
    expect([0x0a0a, 0x1a1a, 0xfafa, 0x0a1a, 0x1301].map(isGrease)).toEqual([true, true, true, false, false]);
  });

  test('a hello with nothing in it', () => {
    expect(ja4(hello({ highestVersion: 0x0301 }), digest)).toBe('t10i000000_000000000000_000000000000');
    expect(ja4(hello({ alpn: ['\xab'], alpnEnds: [0xab, 0xcd] }), digest)).toMatch(/^t13i0000ad_/);
  });
});

describe('a real hello', () => {
  test('whole, and in pieces', async () => {
    const bytes = await bytesOfNode();
    const reading = readTlsHello(bytes);
    expect(reading).toMatchObject({
      state: 'hello',
      hello: { version: 0x0303, highestVersion: 0x0304, serverName: 'wire.example', alpn: ['h2', 'http/1.1'] },
    });
    for (const cut of [0, 1, 5, 9, 40, 200, bytes.length - 1])
      expect(readTlsHello(bytes.subarray(0, cut)), `${cut} bytes`).toEqual({ state: 'more' });
    // The same message, spread over records of 100 bytes.
    const message = bytes.subarray(5);
    const records: Buffer[] = [];
    for (let at = 0; at < message.length; at += 100) {
      const part = message.subarray(at, at + 100);
      records.push(Buffer.from([0x16, 3, 1, part.length >> 8, part.length & 255]), part);
    }
    expect(readTlsHello(Buffer.concat(records))).toEqual(reading);
  });

  test('whatever strangers send', async () => {
    const bytes = await bytesOfNode();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 12 }), (changes) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, value] of changes) changed[at] = value;
        const reading = readTlsHello(changed);
        if (reading.state !== 'hello') return;
        expect(ja4(reading.hello, digest)).toMatch(/^t[0-9a-z]{2}[di]\d{4}[0-9a-zA-Z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/);
        expect(reading.hello.serverName ?? '').toMatch(/^[\x21-\x7e]*$/);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(['hello', 'more', 'other']).toContain(readTlsHello(Uint8Array.of(0x16, 3, 1, ...noise)).state);
      }),
    );
    expect(readTlsHello(Buffer.from('GET / HTTP/1.1\r\n'))).toEqual({ state: 'other' });
  });
});
