/** What one visit may use up, by a clock that the test turns. */

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { limits } from './limits.ts';
import type { FromChild } from './messages.ts';
import { OwnVisit } from './visit.ts';

class FakeSocket extends Duplex {
  bytesRead = 0;
  bytesWritten = 0;
  setNoDelay(): this {
    return this;
  }
  destroySoon(): void {
    this.destroy();
  }
  override _read(): void {}
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.bytesWritten += chunk.length;
    done();
  }
}

function visitAt(start: number, unsent = 0) {
  let time = start;
  let number = 0;
  const sent: FromChild[] = [];
  const socket = new FakeSocket();
  const visit = new OwnVisit(
    {
      type: 'visit',
      id: 'ab'.repeat(8),
      decoy: 'ssh',
      address: '192.0.2.77',
      port: 40_000,
      localAddress: '192.0.2.5',
      localPort: 2222,
      startedAt: start,
    },
    // Only what a visit uses of it.
    socket as Duplex as Socket,
    {
      send: (message) => void sent.push(message),
      now: () => time,
      unsentBytes: () => unsent,
      nextNumber: () => ++number,
    },
  );
  const closed = (): Promise<Extract<FromChild, { type: 'closed' }>> =>
    new Promise((resolve) =>
      socket.once('close', () => {
        const [end] = of('closed');
        if (end !== undefined) resolve(end);
      }),
    );
  const of = <Type extends FromChild['type']>(type: Type): Extract<FromChild, { type: Type }>[] =>
    sent.filter((message): message is Extract<FromChild, { type: Type }> => message.type === type);
  const at = (ms: number): void => {
    time = start + ms;
    visit.look(time);
  };
  return { visit, socket, of, closed, at };
}

const start = Date.UTC(2026, 10, 1);

test('a stranger has 120 s until a login, whatever they send', async () => {
  const { socket, closed, at } = visitAt(start);
  for (let ms = 0; ms < limits.beforeLoginMs; ms += 10_000) {
    socket.bytesRead += 1;
    at(ms);
    expect(socket.destroyed).toBe(false);
  }
  at(limits.beforeLoginMs - 1);
  expect(socket.destroyed).toBe(false);
  const end = closed();
  at(limits.beforeLoginMs);
  expect(await end).toMatchObject({ reason: 'time is up' });
});

test('who is logged in may stay for 30 min, and 180 s without a word', async () => {
  const busy = visitAt(start);
  busy.visit.authenticated('root');
  expect(busy.of('facts')[0]?.facts).toEqual({ user: 'root', logged_in: true });
  for (let ms = 0; ms < limits.sessionMs; ms += 60_000) {
    busy.socket.bytesRead += 1;
    busy.at(ms);
    expect(busy.socket.destroyed).toBe(false);
  }
  const busyEnd = busy.closed();
  busy.at(limits.sessionMs);
  expect(await busyEnd).toMatchObject({ reason: 'time is up', receivedBytes: 30 });

  const idle = visitAt(start);
  idle.visit.authenticated('root');
  idle.socket.bytesRead = 7;
  idle.at(100_000);
  idle.at(100_000 + limits.idleMs - 1);
  expect(idle.socket.destroyed).toBe(false);
  const idleEnd = idle.closed();
  idle.at(100_000 + limits.idleMs);
  expect(await idleEnd).toMatchObject({ reason: 'idle' });
});

test('commands and output are counted to their caps, and what a decoy forgot to count ends it, too', async () => {
  const { visit, socket, closed, at } = visitAt(start);
  for (let i = 0; i < limits.commands; i += 1) expect(visit.countCommand()).toBe(true);
  expect(visit.countCommand()).toBe(false);
  expect(visit.countOutput(limits.outputBytes)).toBe(true);
  expect(visit.countOutput(1)).toBe(false);
  socket.bytesWritten = limits.outputBytes * 2;
  at(1);
  expect(socket.destroyed).toBe(false);
  socket.bytesWritten += 1;
  const end = closed();
  at(2);
  expect(await end).toMatchObject({ reason: 'too much output', commands: limits.commands + 1 });
});

test('of a file 10 MiB are kept; all of it is hashed and counted', () => {
  const { visit, of } = visitAt(start);
  const upload = visit.upload('x.bin', 'sftp');
  const block = Buffer.alloc(1024 * 1024, 7);
  for (let i = 0; i < 10; i += 1) expect(upload.write(block)).toBe(true);
  expect(upload.write(Buffer.from('more'))).toBe(false);
  expect(upload.write(Buffer.from('and more'))).toBe(false);
  expect(upload.end()).toMatchObject({ size: limits.uploadBytes + 12, truncated: true });
  const kept = of('upload').reduce((sum, { data }) => sum + Buffer.from(data, 'base64').length, 0);
  expect(kept).toBe(limits.uploadBytes);
  expect(of('uploaded')[0]).toMatchObject({ truncated: true, complete: true, size: limits.uploadBytes + 12 });
});

test('the 201st file of a visit is told and not kept; nor is one that the main process has no room for', () => {
  const { visit, of } = visitAt(start);
  for (let i = 0; i < limits.uploads + 1; i += 1) {
    const upload = visit.upload(`f${i}`, 'ftp');
    expect(upload.write(Buffer.from('x'))).toBe(i < limits.uploads);
    upload.end();
  }
  expect(of('upload')).toHaveLength(limits.uploads);
  expect(of('uploaded').filter(({ truncated }) => truncated)).toMatchObject([{ name: `f${limits.uploads}`, size: 1 }]);

  const behind = visitAt(start, limits.unsentBytes);
  const late = behind.visit.upload('late', 'scp');
  expect(late.write(Buffer.from('x'))).toBe(false);
  late.end();
  expect(behind.of('upload')).toEqual([]);
  expect(behind.of('uploaded')).toMatchObject([{ name: 'late', truncated: true }]);
});

test('of a recording 4 MiB are kept and the rest is counted; of a visit 16 recordings', () => {
  const { visit, of } = visitAt(start);
  const size = { columns: 80, rows: 24, term: 'xterm', title: 't' };
  const first = visit.recordTerminal(size);
  const text = 'y'.repeat(30_000);
  for (let i = 0; i < 200; i += 1) first.output(text);
  first.end();
  const kept = of('cast').reduce((sum, { lines }) => sum + Buffer.byteLength(lines), 0);
  expect(kept).toBeLessThanOrEqual(limits.recordingBytes);
  expect(kept).toBeGreaterThan(limits.recordingBytes - 31_000);
  const [end] = of('cast_end');
  // Six million letters were shown; each is in one of the two counts.
  expect(kept + (end?.cutBytes ?? 0)).toBeGreaterThan(6_000_000);

  for (let i = 1; i < limits.recordings; i += 1) visit.recordTerminal(size).end();
  const before = of('cast').length;
  const beyond = visit.recordTerminal(size);
  beyond.output('nobody sees this again');
  beyond.end();
  expect(of('cast')).toHaveLength(before);
  expect(of('cast_end').at(-1)?.cutBytes).toBeGreaterThan(20);
});

test('what was not finished when the client left is told as broken off', async () => {
  const { visit, socket, of, closed } = visitAt(start);
  visit.upload('half', 'sftp').write(Buffer.from('ha'));
  visit.recordTerminal({ columns: 80, rows: 24, term: 'xterm', title: 't' }).output('$ ');
  const end = closed();
  socket.destroy();
  expect(await end).toMatchObject({ reason: 'closed' });
  expect(of('uploaded')).toMatchObject([{ name: 'half', complete: false, size: 2 }]);
  expect(of('cast_end')).toHaveLength(1);
  expect(visit.signal.aborted).toBe(true);
});
