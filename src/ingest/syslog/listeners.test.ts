import dgram from 'node:dgram';
import { once } from 'node:events';
import * as fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, test } from 'vitest';
import { collect } from '../collect.test-suite.ts';
import type { IngestReport, SyslogIdentity } from '../contract.ts';
import { kernelDrops, socketsOnPort } from './kernel-drops.ts';
import { createSenders } from './senders.ts';
import { listenTcp } from './tcp.ts';
import { listenUdp } from './udp.ts';

let cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function setUp(limit = 0, trustedRelays: string[] = [], sink = collect()) {
  const reports: IngestReport[] = [];
  const senders = createSenders({ limit, trustedRelays, report: (report) => reports.push(report) });
  return { ...sink, senders, reports };
}

async function udp(
  options: { host?: string; limit?: number; trustedRelays?: string[]; sink?: ReturnType<typeof collect> } = {},
) {
  const parts = setUp(options.limit, options.trustedRelays, options.sink);
  const { pool, senders } = parts;
  const host = options.host ?? '127.0.0.1';
  const listener = await listenUdp({ host, port: 0, receiveBufferBytes: 4 * 1024 * 1024, pool, senders });
  const socket = dgram.createSocket(host === '::1' ? 'udp6' : 'udp4');
  cleanups.push(
    () => listener.close(),
    () => socket.close(),
  );
  const send = (data: string | Buffer, to = '127.0.0.1') =>
    new Promise((resolve) => socket.send(data, listener.port, to, resolve));
  return { ...parts, listener, send };
}

async function tcp(
  options: {
    limit?: number;
    trustedRelays?: string[];
    maxConnections?: number;
    sink?: ReturnType<typeof collect>;
    identity?: SyslogIdentity;
  } = {},
) {
  const parts = setUp(options.limit, options.trustedRelays, options.sink);
  const { pool, senders } = parts;
  const refusals: string[] = [];
  const listener = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    maxConnections: options.maxConnections ?? 16,
    pool,
    senders,
    identity: options.identity ?? null,
    refused: (message) => refusals.push(message),
  });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await listener.close();
    isOpen = false;
  };
  cleanups.push(close);
  const connect = async () => {
    const socket = net.connect(listener.port, '127.0.0.1');
    socket.on('error', () => {});
    cleanups.push(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  return { ...parts, listener, connect, refusals, close };
}

describe('UDP', () => {
  test('a datagram is one record: terminators cut, lines inside kept, empty ones counted and kept', async () => {
    const { send, until, texts, listener } = await udp();
    for (const data of ['<13>one', '<13>two\r\n', '<13>three\n\0', '<13>a\nb\n', '', '\n', '<13>\xff\x00\x1b[1m']) {
      await send(Buffer.from(data, 'latin1'));
    }
    await until(() => texts().length === 7);
    expect(texts()).toEqual(['<13>one', '<13>two', '<13>three', '<13>a\nb', '', '', '<13>\xff\x00\x1b[1m']);
    expect(await listener.stats()).toMatchObject({ received: 7, empty: 2, limited: 0, overflow: 0 });
  });

  test('an IPv4 sender on a dual-stack socket is named as IPv4', async () => {
    const { send, until, records } = await udp({ host: '::' });
    await send('x');
    await until(() => records.length === 1);
    expect(records[0]?.source).toMatchObject({ source: 'syslog_127.0.0.1', peer: '127.0.0.1', transport: 'udp' });
  });

  test('IPv6', async () => {
    const { send, until, records } = await udp({ host: '::1' });
    await send('x', '::1');
    await until(() => records.length === 1);
    expect(records[0]?.source.source).toBe('syslog_::1');
  });

  test('over the limit: dropped, counted and reported once; then trusted', async () => {
    const { send, until, records, listener, reports, senders } = await udp({ limit: 20 });
    for (let i = 0; i < 60; i += 1) await send(`<13>${i}`);
    await until(() => senders.stats(Date.now())[0]?.state === 'limited');
    let stats = await listener.stats();
    while (stats.received < 60) {
      await pause(5);
      stats = await listener.stats();
    }
    await until(() => records.length === 60 - stats.limited);
    expect(stats.limited).toBeGreaterThan(30);
    expect(senders.stats(Date.now())[0]).toMatchObject({ source: 'syslog_127.0.0.1', limited: stats.limited });
    expect(reports).toEqual([
      { type: 'limited', source: 'syslog_127.0.0.1', limit: 20, blockedSeconds: 2, violations: 1, reputation: 90 },
    ]);
    expect(senders.stats(Date.now())[0]).toMatchObject({
      state: 'limited',
      detail: expect.stringContaining('datagrams are dropped for another'),
      standing: { reputation: 90, violations: 1, limit: 18 },
    });
    senders.trust(['127.0.0.0/8']);
    const before = records.length;
    for (let i = 0; i < 60; i += 1) await send(`<13>${i}`);
    await until(() => records.length === before + 60);
  });

  test('with the overflow full: what was sent is what came plus what was counted', async () => {
    const sink = collect({ buffers: 1, overflowBuffers: 1 });
    sink.hold();
    const { send, until, listener, records, letGo } = await udp({ sink });
    for (let i = 0; i < 20; i += 1) await send(Buffer.alloc(60_000, 'x'));
    let stats = await listener.stats();
    while (stats.received + (stats.kernelDrops ?? 0) < 20) {
      await pause(5);
      stats = await listener.stats();
    }
    expect(stats.overflow).toBeGreaterThan(0);
    letGo();
    await until(() => records.length === stats.received - stats.overflow);
  });

  test.runIf(process.platform === 'linux')('kernel drops are seen', async () => {
    const { send, listener } = await udp();
    expect((await listener.stats()).kernelDrops).toBe(0);
    // The receiver's loop is kept busy until the kernel's buffer is full: at most 8 MiB, each datagram counts for more.
    for (let i = 0; i < 400; i += 1) send(Buffer.alloc(60_000, 'x'));
    await pause(0);
    const stats = await listener.stats();
    expect(stats.kernelDrops).not.toBeNull();
    expect(stats.receiveBufferBytes).toBeGreaterThan(64 * 1024);
  });
});

describe('/proc/net/udp', () => {
  const table = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  114: 00000000:1414 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 41251 2 0000000000000000 336351
  115: 0100007F:1414 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 41252 2 0000000000000000 7
  116: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 18024 2 0000000000000000 0
`;

  test('rows of one port', () => {
    expect(socketsOnPort(table, 5140)).toEqual([
      { inode: '41251', drops: 336_351 },
      { inode: '41252', drops: 7 },
    ]);
    expect(socketsOnPort(table, 53)).toEqual([{ inode: '18024', drops: 0 }]);
    expect(socketsOnPort('', 53)).toEqual([]);
  });

  test('only sockets of this process count where several share a port', async () => {
    const proc = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-proc-'));
    cleanups.push(() => fs.rmSync(proc, { recursive: true }));
    fs.mkdirSync(path.join(proc, 'net'));
    fs.mkdirSync(path.join(proc, 'self/fd'), { recursive: true });
    fs.writeFileSync(path.join(proc, 'net/udp'), table);
    fs.symlinkSync('socket:[41252]', path.join(proc, 'self/fd/21'));
    expect(await kernelDrops(5140, proc)).toBe(7);
    expect(await kernelDrops(53, proc)).toBe(0);
    expect(await kernelDrops(9999, proc)).toBeNull();
    expect(await kernelDrops(5140, path.join(proc, 'none'))).toBeNull();
  });
});

describe('TCP', () => {
  test('both framings at once, each connection by itself, and what is unfinished at the end', async () => {
    const { connect, until, texts, records } = await tcp();
    const [lines, counted] = [await connect(), await connect()];
    lines.write('<13>a\n<13>b');
    counted.write('5 <13>c5 <1');
    await until(() => texts().length === 2);
    counted.write('3>d');
    await until(() => texts().length === 3);
    lines.end();
    await until(() => texts().length === 4);
    expect(texts().sort()).toEqual(['<13>a', '<13>b', '<13>c', '<13>d']);
    expect(records[0]?.source).toMatchObject({ source: 'syslog_127.0.0.1', transport: 'tcp', peer: '127.0.0.1' });
  });

  test('a connection that is reset loses nothing that had arrived', async () => {
    const { connect, until, texts, listener } = await tcp();
    const socket = await connect();
    socket.write('<13>whole\n<13>half');
    await until(() => texts().length === 1);
    socket.resetAndDestroy();
    await until(() => texts().length === 2 && listener.connections === 0);
    expect(texts()).toEqual(['<13>whole', '<13>half']);
  });

  test('closing hands over what has arrived', async () => {
    const { connect, until, texts, close } = await tcp();
    const socket = await connect();
    socket.write('<13>a\n<13>b');
    await until(() => texts().length === 1);
    await close();
    await until(() => texts().length === 2);
  });

  test('over the limit the connection is slowed, and every message comes', async () => {
    const { connect, until, texts, senders, reports } = await tcp({ limit: 200 });
    const socket = await connect();
    // Half a megabyte: several reads, so that the limit bites between them.
    const lines = Array.from({ length: 500 }, (_, i) => `<13>${String(i).padEnd(1000, '.')}`);
    const startedAt = Date.now();
    socket.write(lines.map((line) => `${line}\n`).join(''));
    socket.end();
    await until(() => texts().length === 500);
    expect(texts()).toEqual(lines);
    const stats = senders.stats(Date.now())[0];
    expect(stats).toMatchObject({ received: 500, dropped: 0 });
    expect(stats?.limited).toBeGreaterThan(0);
    expect(reports[0]).toMatchObject({ type: 'limited', source: 'syslog_127.0.0.1' });
    // 200 at once and 200 per second after it, but for what the last read took on credit.
    expect(Date.now() - startedAt).toBeGreaterThan(800);
  });

  test('without room in the pool the sender is held back, and nothing is lost', async () => {
    const sink = collect({ buffers: 2 });
    sink.hold();
    const { connect, until, texts, letGo } = await tcp({ sink });
    const socket = await connect();
    const count = 60_000;
    const line = 'x'.repeat(200);
    let sent = 0;
    const pump = async () => {
      for (; sent < count; sent += 1) {
        if (!socket.write(`<13>${line} ${sent}\n`)) await once(socket, 'drain');
      }
      socket.end();
    };
    const pumped = pump();
    await pause(500);
    expect(sent).toBeLessThan(count);
    expect(texts().length).toBeLessThan(10_000);
    letGo();
    await pumped;
    await until(() => texts().length === count);
    expect(texts().map((text) => Number(text.split(' ')[1]))).toEqual([...Array(count).keys()]);
  });

  test('a full spool pauses every connection, new ones too', async () => {
    const { connect, until, texts, listener } = await tcp();
    const early = await connect();
    listener.pause(true);
    const late = await connect();
    early.write('<13>early\n');
    late.write('<13>late\n');
    await pause(100);
    expect(texts()).toEqual([]);
    listener.pause(false);
    await until(() => texts().length === 2);
  });

  test('one address may take half of the places, and is told why it gets no more', async () => {
    const { connect, until, listener, refusals, senders } = await tcp({ maxConnections: 20 });
    const sockets = await Promise.all(Array.from({ length: 10 }, connect));
    await until(() => listener.connections === 10);
    const refused = await connect();
    await once(refused, 'close');
    expect(listener.connections).toBe(10);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toContain('127.0.0.1: it has 10 open');
    senders.trust(['127.0.0.1']);
    await Promise.all(Array.from({ length: 10 }, connect));
    await until(() => listener.connections === 20);
    sockets[0]?.destroy();
    await until(() => listener.connections === 19);
  });

  test('a message longer than 1 MiB is cut and counted', async () => {
    const { connect, until, texts, senders } = await tcp();
    const socket = await connect();
    socket.end(`${'x'.repeat(1_500_000)}\nnext\n`);
    await until(() => texts().length === 2);
    expect(texts().map((text) => text.length)).toEqual([1024 * 1024, 4]);
    expect(senders.stats(Date.now())[0]?.detail).toContain('1 messages were longer');
  });
});

describe('TLS', () => {
  /** A self-signed certificate: its own authority. */
  const made = async (name: string) => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
    });
    return { cert, key };
  };
  const dial = async (port: number, options: tls.ConnectionOptions): Promise<tls.TLSSocket> => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'log.example', ...options });
    socket.on('error', () => {});
    cleanups.push(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  };

  test('messages with octet counts (RFC 5425) and by lines arrive; they say that they came over TLS', async () => {
    const identity = await made('log.example');
    const { listener, until, texts, records } = await tcp({ identity });
    const socket = await dial(listener.port, { ca: identity.cert });
    socket.write('7 <13>one8 <13>\ntwo');
    const lines = await dial(listener.port, { ca: identity.cert });
    lines.write('<13>three\n');
    await until(() => texts().length === 3);
    expect(texts().sort()).toEqual(['<13>\ntwo', '<13>one', '<13>three']);
    expect(records.every(({ source }) => source.transport === 'tls' && source.source === 'syslog_127.0.0.1')).toBe(
      true,
    );
  });

  test('what does not speak TLS is refused with a sentence, and others are served', async () => {
    const identity = await made('log.example');
    const { listener, connect, refusals, until, texts } = await tcp({ identity });
    const plain = await connect();
    plain.write('<13>in the clear\n');
    await until(() => refusals.length === 1);
    expect(refusals[0]).toContain('Refused a syslog connection from 127.0.0.1: TLS failed');
    const socket = await dial(listener.port, { ca: identity.cert });
    socket.write('<13>two\n');
    await until(() => texts().length === 1);
    expect(texts()).toEqual(['<13>two']);
  });

  test('with authorities only senders with a certificate of theirs get in', async () => {
    const [identity, sender, stranger] = [
      await made('log.example'),
      await made('web1.example'),
      await made('web1.example'),
    ];
    const { listener, until, texts } = await tcp({ identity: { ...identity, ca: sender.cert } });
    for (const shown of [stranger, {}]) {
      const refused = await dial(listener.port, { ca: identity.cert, ...shown });
      refused.write('<13>let me in\n');
      await new Promise((closed) => refused.once('close', closed));
    }
    const socket = await dial(listener.port, { ca: identity.cert, ...sender });
    socket.write('<13>known\n');
    await until(() => texts().length === 1);
    expect(texts()).toEqual(['<13>known']);
  });

  test('an exchanged certificate is met by new connections', async () => {
    const [first, second] = [await made('log.example'), await made('log.example')];
    const { listener, until, texts } = await tcp({ identity: first });
    const before = await dial(listener.port, { ca: first.cert });
    listener.exchange(second);
    const after = await dial(listener.port, { ca: second.cert });
    for (const socket of [before, after]) socket.write('<13>x\n');
    await until(() => texts().length === 2);
    expect(texts()).toEqual(['<13>x', '<13>x']);
  });
});
