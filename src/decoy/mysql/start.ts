import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { DecoyHost, RunningDecoy, Visit } from '../contract.ts';
import { diceFrom } from '../persona/random.ts';
import type { MysqlOptions } from './decoy.ts';
import { errorPacket, greeting, readAnswer, switchTo } from './packets.ts';

const mostBytes = 64 * 1024;
const patienceMs = 10_000;

export function serveMysql(host: DecoyHost, { server }: MysqlOptions): RunningDecoy {
  const dice = diceFrom(`mysql ${host.seed}`);
  const version =
    server === 'mariadb'
      ? `5.5.5-10.11.${dice.between(3, 11)}-MariaDB-0+deb12u${dice.between(1, 2)}`
      : `8.0.${dice.between(32, 40)}`;
  const plugin = server === 'mariadb' ? 'mysql_native_password' : 'caching_sha2_password';
  let thread = dice.between(30, 4000);
  return {
    connection(socket, visit) {
      thread += 1;
      serve(socket, visit, { version, plugin, thread });
    },
  };
}

function serve(
  socket: Socket,
  visit: Visit,
  { version, plugin, thread }: { version: string; plugin: string; thread: number },
): void {
  // No zero and no dollar: both end the text for some clients.
  const salt = Buffer.from([...randomBytes(20)].map((byte) => 37 + (byte % 90)));
  let rest = Buffer.alloc(0);
  let waiting: { user: string; database: string | null; attributes: Record<string, string> } | null = null;
  const send = (bytes: Buffer): void => {
    if (visit.countOutput(bytes.length)) socket.write(bytes);
    else visit.end('too much output');
  };
  const timer = setTimeout(() => visit.end('no login came'), patienceMs);
  visit.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  const refuse = (sequence: number, asked: NonNullable<typeof waiting>, used: string, answer: Buffer): void => {
    const hasPassword = answer.length > 0 && !(answer.length === 1 && answer[0] === 0);
    visit.report({
      event_type: 'decoy.login',
      message: `MySQL login refused: ${asked.user || '(no name)'}`,
      outcome: 'failure',
      user: asked.user,
      fields: {
        method: used,
        database: asked.database,
        // Enough to try passwords against, nothing to log in with.
        challenge: salt.toString('hex'),
        answer: hasPassword ? answer.toString('hex') : null,
        has_password: hasPassword,
        attributes: asked.attributes,
      },
    });
    send(
      errorPacket(
        sequence,
        1045,
        '28000',
        `Access denied for user '${asked.user}'@'${visit.address}' (using password: ${hasPassword ? 'YES' : 'NO'})`,
      ),
    );
    socket.end(() => visit.end('refused'));
  };
  const take = (sequence: number, body: Buffer): void => {
    if (waiting !== null) {
      refuse(sequence + 1, waiting, plugin, body);
      return;
    }
    const answer = readAnswer(body);
    if (answer === null) {
      visit.report({
        event_type: 'decoy.command',
        message: 'MySQL: what came is no login',
        fields: { command: body.toString('hex', 0, 256), found: false },
      });
      send(errorPacket(sequence + 1, 1043, '08S01', 'Bad handshake'));
      socket.end(() => visit.end('no login'));
      return;
    }
    const { _client_name: client, _client_version: clientVersion } = answer.attributes;
    if (client !== undefined) visit.describe({ client: `${client} ${clientVersion ?? ''}`.trim() });
    if (answer.plugin === null || answer.plugin === plugin || answer.answer.length === 0) {
      refuse(sequence + 1, answer, answer.plugin ?? plugin, answer.answer);
      return;
    }
    waiting = answer;
    send(switchTo(sequence + 1, plugin, salt));
  };
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 4) {
      const length = rest.readUIntLE(0, 3);
      if (length > mostBytes) {
        visit.end('no MySQL');
        return;
      }
      if (rest.length < 4 + length) return;
      const body = rest.subarray(4, 4 + length);
      const sequence = rest[3] ?? 0;
      rest = rest.subarray(4 + length);
      if (!visit.countCommand()) {
        visit.end('too many packets');
        return;
      }
      take(sequence, body);
    }
  });
  send(greeting(version, thread, salt, plugin));
}
