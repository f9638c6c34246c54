/**
 * Sends log lines as datagrams at a steady rate: `node bench/send-udp.ts PORT RATE SECONDS [ATTACKERS [SENDERS]]`. Started by other
 * benches with an IPC channel, over which it tells how many it has sent.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { liveLines } from './auth-log.ts';

const [port = 0, rate = 0, seconds = 0, attackers = Number.POSITIVE_INFINITY, senders = 1] = process.argv
  .slice(2)
  .map(Number);
const sockets = await Promise.all(
  Array.from({ length: senders }, async (_, i) => {
    const socket = createSocket('udp4');
    // Linux answers for all of 127.0.0.0/8: each is a sender of its own.
    if (senders > 1) {
      socket.bind(0, `127.0.0.${10 + i}`);
      await once(socket, 'listening');
    }
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.setSendBufferSize(4 * 1024 * 1024);
    return socket;
  }),
);

const bodies = liveLines(rate * seconds, rate, Date.now(), attackers).map((line) => Buffer.from(`<38>${line}`));
const total = bodies.length;
const began = performance.now();
let handed = 0;
let sent = 0;
let failed = 0;
const done = (error: Error | null): void => {
  if (error === null) sent += 1;
  else failed += 1;
};
while (handed < total) {
  // What is due by now, at most two milliseconds' worth at once: a pause must not end in a burst.
  const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * rate));
  const burst = Math.min(due - handed, Math.ceil(rate / 500));
  for (let i = 0; i < burst; i += 1) {
    sockets[handed % senders]?.send(bodies[handed] as Buffer, done);
    handed += 1;
  }
  await new Promise((resolve) => (due - handed > 0 ? setImmediate(resolve) : setTimeout(resolve, 1)));
}
while (sent + failed < handed) await new Promise((resolve) => setTimeout(resolve, 5));
const tookMs = performance.now() - began;
for (const socket of sockets) socket.close();
process.send?.({ sent, failed, tookMs });
process.disconnect?.();
