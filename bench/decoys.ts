/**
 * What idle strangers cost the decoys: opens connections that say who they are and then nothing, and measures memory and the
 * time to a new banner. Needs a Phosor with the SSH decoy on and its limits raised:
 * `PHOSOR_DECOY_MAX_CONNECTIONS=12000 PHOSOR_DECOY_MAX_CONNECTIONS_PER_ADDRESS=12000 PHOSOR_DECOY_SSH_PORT=2222`.
 *
 *     node bench/decoys.ts PORT PID-OF-THE-DECOYS [CONNECTIONS]
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

const [port = '2222', pid = '', connections = '10000'] = process.argv.slice(2);
const residentKb = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

/** Until the first bytes of the server. */
const open = (): Promise<{ socket: Socket; ms: number }> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const socket = connect(Number(port), '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', () => {
      socket.write('SSH-2.0-OpenSSH_9.2p1\r\n');
      socket.on('data', () => {});
      resolve({ socket, ms: performance.now() - began });
    });
  });

const held: Socket[] = [];
(await open()).socket.destroy();
await new Promise((resolve) => setTimeout(resolve, 1000));
const before = residentKb();
const began = performance.now();
while (held.length < Number(connections)) {
  const some = await Promise.all(Array.from({ length: Math.min(100, Number(connections) - held.length) }, open));
  held.push(...some.map(({ socket }) => socket));
}
const seconds = (performance.now() - began) / 1000;
await new Promise((resolve) => setTimeout(resolve, 3000));
const after = residentKb();
const times: number[] = [];
for (let i = 0; i < 50; i += 1) {
  const { socket, ms } = await open();
  socket.destroy();
  times.push(ms);
}
times.sort((a, b) => a - b);
const alive = held.filter((socket) => !socket.destroyed && socket.readable).length;
console.log(
  JSON.stringify({
    connections: alive,
    opened_in_s: Number(seconds.toFixed(1)),
    resident_mb: { before: Math.round(before / 1024), after: Math.round(after / 1024) },
    kb_each: Number(((after - before) / alive).toFixed(1)),
    banner_ms: { median: Number(times[25]?.toFixed(1)), worst: Number(times.at(-1)?.toFixed(1)) },
  }),
);
process.exit(0);
