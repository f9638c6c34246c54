/** Who is let through the doors, with real sockets and a clock that the test turns. */
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { ToChild } from '../../decoy/host/messages.ts';
import { Doors } from './doors.ts';

const clients: Socket[] = [];
const opened: Doors[] = [];
afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  for (const doors of opened.splice(0)) doors.closeAll();
});

const until = async (what: string, test: () => boolean): Promise<void> => {
  for (const end = performance.now() + 15_000; !test(); ) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((done) => setTimeout(done, 5));
  }
};

async function doorsWith(caps: { all: number; perAddress: number }) {
  let time = Date.UTC(2026, 10, 1);
  const lost: string[] = [];
  const process = { isReady: true };
  const passed: { message: ToChild; socket: Socket }[] = [];
  const told: ToChild[] = [];
  const refused: { address: string; times: number }[] = [];
  const doors = new Doors({
    now: () => time,
    limits: () => caps,
    pass: (message, socket) => passed.push({ message, socket }) > 0,
    tell: (message) => told.push(message),
    isReady: () => process.isReady,
    onGuest: () => {},
    onLost: ({ id }) => lost.push(id),
    onRefused: ({ address }, times) => refused.push({ address, times }),
  });
  opened.push(doors);
  const port = await doors.open('ssh', '127.0.0.1', 0);
  const come = (from = '127.0.0.1', to = port): Socket => {
    const socket = connect({ port: to, host: '127.0.0.1', localAddress: from });
    socket.on('error', () => {});
    clients.push(socket);
    return socket;
  };
  return { doors, come, lost, process, passed, told, refused, caps, later: (ms: number) => (time += ms) };
}

test('of one address so many are let in; the next is closed and counted, and told once a minute', async () => {
  const { doors, come, passed, refused, later } = await doorsWith({ all: 100, perAddress: 3 });
  for (let i = 0; i < 3; i += 1) come();
  await until('three guests', () => passed.length === 3);
  for (let i = 0; i < 4; i += 1) {
    const socket = come();
    await until('the door to close', () => socket.destroyed);
  }
  expect(doors).toMatchObject({ count: 3, refused: 4 });
  // The first is told at once, the others with the next minute's.
  expect(refused).toEqual([{ address: '127.0.0.1', times: 1 }]);
  later(60_000);
  come();
  await until('the next word', () => refused.length === 2);
  expect(refused[1]).toEqual({ address: '127.0.0.1', times: 4 });

  // Another address has its own count, and who leaves makes room.
  come('127.0.0.2');
  await until('the other address', () => passed.length === 4);
  const [first] = passed;
  if (first?.message.type !== 'visit') throw new Error('The first message is no visit.');
  expect(doors.leave(first.message.id)?.address).toBe('127.0.0.1');
  come();
  await until('room', () => passed.length === 5);
  expect(doors.refused).toBe(5);
});

test('who comes while the process starts again is written down, closed, and takes no place', async () => {
  const { doors, come, lost, process, passed } = await doorsWith({ all: 2, perAddress: 2 });
  process.isReady = false;
  for (let i = 0; i < 3; i += 1) {
    const socket = come();
    await until('the door to close', () => socket.destroyed);
  }
  expect(lost).toHaveLength(3);
  expect(doors).toMatchObject({ count: 0, refused: 0 });
  process.isReady = true;
  come();
  await until('the guest', () => passed.length === 1);
});

test('of all addresses together so many, and the caps may change while they are there', async () => {
  const { doors, come, passed, caps } = await doorsWith({ all: 4, perAddress: 100 });
  for (let i = 1; i <= 6; i += 1) come(`127.0.0.${i}`);
  await until('all of them', () => doors.refused === 2);
  expect(passed).toHaveLength(4);
  caps.all = 5;
  come('127.0.0.9');
  await until('the fifth', () => passed.length === 5);
  expect(doors.dropAll()).toHaveLength(5);
  expect(doors.count).toBe(0);
});

test('a data port takes one connection of its own guest; there are so many a guest, and none for nobody', async () => {
  const { doors, come, passed, told } = await doorsWith({ all: 9, perAddress: 9 });
  come('127.0.0.2');
  await until('the guest', () => passed.length === 1);
  const [guest] = passed;
  if (guest?.message.type !== 'visit') throw new Error('The first message is no visit.');
  const { id } = guest.message;
  for (const listener of [1, 2, 3]) doors.listen(id, listener, 60_000, '127.0.0.1', 2);
  doors.listen('0'.repeat(16), 4, 60_000, '127.0.0.1', 2);
  await until('four answers', () => told.length === 4);
  const ports = new Map(told.flatMap((each) => (each.type === 'listening' ? [[each.listener, each.port]] : [])));
  expect(ports.get(3)).toBeNull();
  expect(ports.get(4)).toBeNull();

  const stranger = come('127.0.0.3', ports.get(1) ?? 0);
  await until('the stranger to be sent away', () => stranger.destroyed);
  expect(passed).toHaveLength(1);
  come('127.0.0.2', ports.get(1) ?? 0);
  await until('the data connection', () => passed.length === 2);
  expect(passed[1]?.message).toEqual({ type: 'data', listener: 1 });
  // With the guest its other port goes.
  doors.leave(id);
  const late = come('127.0.0.2', ports.get(2) ?? 0);
  await until('the port to be closed', () => late.destroyed);
  expect(passed).toHaveLength(2);
});
