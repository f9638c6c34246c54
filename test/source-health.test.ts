/** The program notices what goes wrong with a source, stores it as an event of its own and alerts. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getJson, type Json } from './contract/client.ts';
import { type Program, removeFolder, startProgram, waitFor } from './program.ts';

let program: Program;

beforeAll(async () => {
  program = await startProgram();
}, 90_000);

afterAll(async () => {
  await program?.stop();
  if (program) removeFolder(program.dataDir);
});

/** Lines over TCP, as one sender. */
async function send(lines: readonly string[]): Promise<void> {
  const socket = connect(program.syslogPort, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(`${lines.join('\n')}\n`);
  await once(socket, 'close');
}

const stamp = (ms: number): string => new Date(Date.now() + ms).toISOString();
const many = (count: number, line: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => line(i));

function alertNamed(name: string): Promise<Json> {
  return waitFor(`the alert "${name}"`, async () => {
    const alerts: Json[] = await getJson(program, '/api/alerts');
    return alerts.find(({ rule_name }) => rule_name === name);
  });
}

test('a clock that is off and lines that are no longer understood become alerts', async () => {
  await send(
    many(60, (i) => `<38>1 ${stamp(3_600_000)} web01 sshd ${i} - - Connection closed by 192.0.2.20 port 4711`),
  );
  const skew = await alertNamed('The clock of a source is off');
  expect(skew).toMatchObject({ severity: 'info' });
  expect(JSON.stringify(skew)).toContain('syslog_127.0.0.1');

  await send(many(400, (i) => `<38>1 ${stamp(0)} web01 sshd ${i} - - Connection closed by 192.0.2.20 port 4711`));
  await waitFor('what was sent', async () => {
    const sources: Json[] = await getJson(program, '/api/sources');
    return sources.some(({ name, events_received: n }) => name === 'syslog_127.0.0.1' && n >= 460);
  });
  // What is usual is learned from figures that come once a second.
  await sleep(2500);
  await send(many(400, (i) => `<134>1 ${stamp(0)} web01 newapp ${i} - - ~~ ${i} zz`));
  const unread = await alertNamed('Lines of a source are no longer understood');
  expect(JSON.stringify(unread)).toContain('syslog_127.0.0.1');
}, 90_000);
