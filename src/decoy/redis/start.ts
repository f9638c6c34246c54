import type { Socket } from 'node:net';
import { Access } from '../access/access.ts';
import type { DecoyHost, RunningDecoy, Visit } from '../contract.ts';
import { createPersona } from '../persona/persona.ts';
import { diceFrom } from '../persona/random.ts';
import { commands, type RedisState } from './commands.ts';
import type { RedisOptions } from './decoy.ts';
import { RedisReader } from './reader.ts';

interface Settings {
  access: Access | null;
  state: Omit<RedisState, 'keys' | 'bytes' | 'config' | 'id'>;
  id: number;
}

export function serveRedis(
  host: DecoyHost,
  { protected: isProtected, accept, tries, accounts }: RedisOptions,
): RunningDecoy {
  const persona = createPersona(host.seed, host.installedAt);
  const dice = diceFrom(`redis ${host.seed}`);
  const access = isProtected ? new Access({ accept, tries, accounts }) : null;
  const runId = dice.hex(40);
  let clients = 0;
  let id = dice.between(3, 400);
  return {
    connection(socket, visit) {
      clients += 1;
      id += 1;
      visit.signal.addEventListener('abort', () => {
        clients -= 1;
      });
      const state = {
        persona,
        now: () => host.now(),
        startedAt: persona.bootedAt + 21_000,
        runId,
        port: 6379,
        clients: () => clients,
      };
      serve(socket, visit, { access, state, id });
    },
  };
}

const readable = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

function serve(socket: Socket, visit: Visit, { access, state: shared, id }: Settings): void {
  const reader = new RedisReader();
  const config = new Map([
    ['dir', '/var/lib/redis'],
    ['dbfilename', 'dump.rdb'],
    ['maxmemory', '0'],
    ['requirepass', ''],
    ['save', '3600 1 300 100 60 10000'],
    ['appendonly', 'no'],
    ['protected-mode', 'no'],
    ['bind', '* -::*'],
    ['port', '6379'],
    ['databases', '16'],
    ['slave-read-only', 'yes'],
    ['replica-read-only', 'yes'],
    ['stop-writes-on-bgsave-error', 'yes'],
    ['rdbcompression', 'yes'],
  ]);
  const state: RedisState = { ...shared, id, keys: new Map(), bytes: 0, config };
  let isIn = access === null;
  const send = (text: string): void => {
    if (visit.signal.aborted) return;
    if (visit.countOutput(text.length)) socket.write(Buffer.from(text, 'latin1'));
    else visit.end('too much output');
  };
  const end = (reason: string): void => {
    socket.end(() => visit.end(reason));
  };

  const answer = (words: readonly string[]): string => {
    const [given = ''] = words;
    const name = given.toUpperCase();
    if (name === 'AUTH') return authenticate(words);
    if (!isIn && !['HELLO', 'QUIT'].includes(name)) return '-NOAUTH Authentication required.\r\n';
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    const plain = (text: string): string => text.replace(/[\r\n]/g, ' ').slice(0, 128);
    if (command === undefined)
      return `-ERR unknown command '${plain(given)}', with args beginning with: ${words
        .slice(1, 20)
        .map((each) => `'${plain(each)}' `)
        .join('')}\r\n`;
    const [least, most, work] = command;
    if (words.length < least || words.length > most)
      return `-ERR wrong number of arguments for '${name.toLowerCase()}' command\r\n`;
    return work(words, state);
  };

  const authenticate = (words: readonly string[]): string => {
    if (words.length < 2 || words.length > 3) return "-ERR wrong number of arguments for 'auth' command\r\n";
    const user = words.length === 3 ? readable(words[1] ?? '') : 'default';
    const password = readable(words.at(-1) ?? '');
    isIn = access === null ? isIn : access.admits(visit.address, user, password);
    visit.report({
      event_type: 'decoy.login',
      message: `Redis login ${isIn && access !== null ? 'let in' : 'refused'}: ${user}`,
      outcome: isIn && access !== null ? 'success' : 'failure',
      user,
      fields: { password, method: 'password' },
    });
    if (access !== null) return isIn ? '+OK\r\n' : '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
    if (words.length === 3) return '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
    return '-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n';
  };

  const tell = (words: readonly string[], said: string): void => {
    const name = (words[0] ?? '').toUpperCase();
    if (name === 'AUTH') return;
    const shown = words.map((each) => readable(each).slice(0, 1024)).join(' ');
    visit.report({
      event_type: 'decoy.command',
      message: `Redis command: ${shown.slice(0, 200)}`,
      fields: {
        command: shown.slice(0, 4096),
        found: !said.startsWith('-ERR unknown command'),
        attack: attackOf(name, words),
      },
    });
    if (name === 'SLAVEOF' || name === 'REPLICAOF') {
      const [, host = '', port = ''] = words;
      if (/^no$/i.test(host)) return;
      visit.report({
        event_type: 'decoy.forward',
        message: `Redis was to follow the master ${readable(host)}. Nothing was connected.`,
        outcome: 'denied',
        fields: { kind: 'replication', dst_host: readable(host), dst_port: Number(port) || null },
      });
    }
    for (const [, url = ''] of shown.matchAll(
      /\b(?:wget|curl|fetch)\b[^|;&\n]{0,200}?((?:https?|ftp):\/\/[^\s"'`|;&<>\\]{3,500})/g,
    ))
      visit.report({
        event_type: 'decoy.download',
        message: `Redis was to have ${url} fetched`,
        fields: { url, command: 'redis' },
      });
    if (name === 'SAVE' || name === 'BGSAVE') save();
  };

  /** What would have been written: all values, at the place that was set. */
  const save = (): void => {
    if (state.keys.size === 0) return;
    const sink = visit.upload(readable(`${config.get('dir')}/${config.get('dbfilename')}`), 'redis');
    for (const [key, text] of state.keys) sink.write(Buffer.from(`${key}\n${text}\n`, 'latin1'));
    sink.end({ keys: state.keys.size });
  };

  socket.setNoDelay(true);
  socket.on('data', (bytes: Buffer) => {
    reader.add(bytes.toString('latin1'));
    for (let read = reader.next(); read !== null; read = reader.next()) {
      if ('problem' in read) {
        send(`-ERR ${read.problem}\r\n`);
        end('no Redis');
        return;
      }
      const { words } = read;
      if (words.length === 0) continue;
      if (!visit.countCommand()) {
        visit.end('too many commands');
        return;
      }
      // As the real one: somebody tries to reach it through a browser.
      if (/^(?:POST|host:)$/i.test(words[0] ?? '')) {
        tell(words, '-ERR unknown command');
        end('HTTP');
        return;
      }
      const said = answer(words);
      tell(words, said);
      send(said);
      if (/^quit$/i.test(words[0] ?? '')) {
        end('quit');
        return;
      }
    }
  });
}

/** What a command amounts to; null: nothing by itself. */
function attackOf(name: string, words: readonly string[]): string | null {
  const [, first = '', second = ''] = words;
  if (name === 'CONFIG' && /^set$/i.test(first) && /^(?:dir|dbfilename)$/i.test(second)) return 'redis_file_write';
  if ((name === 'SLAVEOF' || name === 'REPLICAOF') && !/^no$/i.test(first)) return 'redis_rogue_master';
  if (name === 'MODULE' && /^load$/i.test(first)) return 'redis_module_load';
  if (name === 'EVAL' && /\b(?:os|io|package|require|loadlib|debug)\b/.test(first)) return 'redis_lua_escape';
  if (/^SYSTEM\./.test(name)) return 'redis_module_load';
  if (name === 'FLUSHALL') return 'redis_flush';
  return null;
}
