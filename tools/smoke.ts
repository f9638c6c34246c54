/** Starts the program as `npm start` does, on ports of its own, sends it one syslog line, reads it back, and ends it with SIGTERM. */
import { createSocket } from 'node:dgram';
import { removeFolder, startProgram, waitFor } from '../test/program.ts';

const began = performance.now();
const program = await startProgram();
const started = performance.now();
console.log(program.output().trim());

const marker = `smoke-${process.pid}`;
const socket = createSocket('udp4');
await new Promise<void>((resolve) => {
  socket.send(
    `<38>Nov 20 10:00:00 host01 sshd[1]: Failed password for ${marker} from 203.0.113.7 port 50000 ssh2`,
    program.syslogPort,
    '127.0.0.1',
    () => resolve(),
  );
});
socket.close();
const event = await waitFor('the syslog line in the store', async () => {
  const answer = await program.api('/api/events?limit=100');
  const { events } = (await answer.json()) as { events: { user: string | null; event_type: string }[] };
  return events.find(({ user }) => user === marker);
});
const code = await program.stop();
removeFolder(program.dataDir);
console.log(
  `started in ${((started - began) / 1000).toFixed(1)} s; the line came back as ${event.event_type}; SIGTERM ended with ${code}`,
);
if (event.event_type !== 'auth.failure' || code !== 0) process.exit(1);
