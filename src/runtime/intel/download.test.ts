import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { download, refusedUrl } from './download.ts';

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

async function serve(answer: (request: IncomingMessage, reply: ServerResponse) => void): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}
const options = { maxBytes: 1000, timeoutMs: 20_000, allowPrivate: true };

test('a body as it is, and unpacked', async () => {
  const url = await serve((request, reply) => {
    expect(request.headers['user-agent']).toMatch(/^phosor\//);
    if (request.url === '/packed') reply.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('203.0.113.9'));
    else reply.end('203.0.113.8');
  });
  expect((await download(`${url}/`, options)).body.toString()).toBe('203.0.113.8');
  expect((await download(`${url}/packed`, options)).body.toString()).toBe('203.0.113.9');
});

test.each([
  ['plain', {}, Buffer.alloc(2000)],
  ['packed: a bomb', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(5_000_000))],
])('more than may come is refused: %s', async (_, headers, body) => {
  const url = await serve((__, reply) => reply.writeHead(200, headers).end(body));
  await expect(download(url, options)).rejects.toThrow('more than 1000 bytes');
});

test('a server that says nothing is given up', async () => {
  const url = await serve(() => undefined);
  await expect(download(url, { ...options, timeoutMs: 300 })).rejects.toThrow('did not answer within 0.3 s');
});

test('a server that does not take connections, or breaks off', async () => {
  const url = await serve((_, reply) => {
    reply.writeHead(200, { 'content-length': '100' }).write('x');
    setImmediate(() => reply.destroy());
  });
  await expect(download(url, options)).rejects.toThrow(/broke off/);
  await new Promise((done) => server?.close(done));
  await expect(download(url, options)).rejects.toThrow(/takes no connections/);
});

test('conditions are sent', async () => {
  const url = await serve((request, reply) => {
    expect(request.headers).toMatchObject({
      'if-none-match': '"a"',
      'if-modified-since': 'Sat, 21 Nov 2026 00:00:00 GMT',
    });
    reply.writeHead(304).end();
  });
  const conditional = { etag: '"a"', lastModified: 'Sat, 21 Nov 2026 00:00:00 GMT' };
  expect((await download(url, { ...options, conditional })).status).toBe(304);
});

test('redirects are followed a few times, never with what is secret to another server', async () => {
  const url = await serve((request, reply) => {
    if (request.url === '/one') reply.writeHead(302, { location: '/two' }).end();
    else if (request.url === '/loop') reply.writeHead(302, { location: '/loop' }).end();
    else if (request.url === '/out') reply.writeHead(302, { location: 'http://other.example/' }).end();
    else reply.end('here');
  });
  expect((await download(`${url}/one`, options)).body.toString()).toBe('here');
  await expect(download(`${url}/loop`, options)).rejects.toThrow('more than 5 times');
  await expect(download(`${url}/out`, { ...options, headers: { key: 'secret' } })).rejects.toThrow('was not asked for');
});

test('the inside is not reached: by number, by name, by where a name leads', async () => {
  let asked = 0;
  const url = await serve((_, reply) => {
    asked += 1;
    reply.end('inside');
  });
  const port = new URL(url).port;
  const guarded = { ...options, allowPrivate: false };
  for (const host of [
    '127.0.0.1',
    '[::1]',
    '0x7f000001',
    '2130706433',
    'localhost',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
    '169.254.169.254',
  ])
    await expect(download(`http://${host}:${port}/`, guarded), host).rejects.toThrow('internal address');
  expect(asked).toBe(0);
});

test('a server outside cannot send us to the inside', async () => {
  const asked: string[] = [];
  const url = await serve((request, reply) => {
    asked.push(String(request.url));
    const location = decodeURIComponent(new URL(String(request.url), 'http://x').searchParams.get('to') ?? '');
    if (location === '') reply.end('the inside');
    else reply.writeHead(302, { location }).end();
  });
  const { port } = new URL(url);
  // 127.0.0.1 plays a public server here; whatever else is inside stays so.
  const isExternal = (address: string): boolean => address === '127.0.0.1';
  const guarded = { ...options, allowPrivate: false, isExternal };
  const from = (to: string): Promise<unknown> => download(`${url}/?to=${encodeURIComponent(to)}`, guarded);
  for (const inside of [
    `http://127.0.0.2:${port}/`,
    `http://[::1]:${port}/`,
    `http://localhost:${port}/`,
    `http://2130706434:${port}/`,
    `http://0x7f000002:${port}/`,
    `//127.0.0.2:${port}/`,
    'http://169.254.169.254/latest/meta-data/',
    // A public server in between changes nothing.
    `/?to=${encodeURIComponent(`http://127.0.0.2:${port}/`)}`,
  ])
    await expect(from(inside), inside).rejects.toThrow('internal address');
  for (const other of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'gopher://127.0.0.1/'])
    await expect(from(other), other).rejects.toThrow('Only http and https');
  expect(asked.every((path) => path.includes('to='))).toBe(true);
  expect(await from(`${url}/`)).toMatchObject({ status: 200, body: Buffer.from('the inside') });
});

test.each([
  ['ftp://lists.example.com/x', 'Only http and https'],
  ['file:///etc/passwd', 'Only http and https'],
  ['https://user:password@lists.example.com/x', 'password'],
  ['https://sub.localhost/x', 'internal address'],
])('%s is refused', (url, reason) => {
  expect(refusedUrl(new URL(url), false)).toContain(reason);
});

test('public addresses are fine', () => {
  expect(refusedUrl(new URL('https://lists.example.com/x'), false)).toBeNull();
  expect(refusedUrl(new URL('https://192.0.2.7/x'), false)).toBeNull();
});
