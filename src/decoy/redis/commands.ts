import type { Persona } from '../persona/types.ts';

/** What one client sees of the imitated server. Keys and values are byte strings. */
export interface RedisState {
  persona: Persona;
  now: () => number;
  startedAt: number;
  runId: string;
  port: number;
  /** Client number. */
  id: number;
  keys: Map<string, string>;
  bytes: number;
  config: Map<string, string>;
  clients: () => number;
}

const mostKeys = 1000;
const mostBytes = 2 * 1024 * 1024;

const ok = '+OK\r\n';
const none = '$-1\r\n';
const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const number = (value: number): string => `:${value}\r\n`;
const list = (values: readonly string[]): string => `*${values.length}\r\n${values.join('')}`;
const error = (text: string): string => `-ERR ${text}\r\n`;

/** Commands by name: how many words they take at least and at most (the name among them), and the answer. */
type Command = readonly [least: number, most: number, answer: (words: readonly string[], state: RedisState) => string];
const any = Number.POSITIVE_INFINITY;

const notLoaded = 'Error loading the extension. Please check the server logs.';

export const commands: Readonly<Record<string, Command>> = {
  PING: [1, 2, ([, text]) => (text === undefined ? '+PONG\r\n' : bulk(text))],
  ECHO: [2, 2, ([, text = '']) => bulk(text)],
  QUIT: [1, any, () => ok],
  SELECT: [
    2,
    2,
    ([, index = '']) =>
      /^\d+$/.test(index)
        ? Number(index) < 16
          ? ok
          : error('DB index is out of range')
        : error('value is not an integer or out of range'),
  ],
  INFO: [1, any, ([, section], state) => bulk(info(state, section?.toLowerCase() ?? 'default'))],
  CONFIG: [2, any, config],
  GET: [2, 2, ([, key = ''], { keys }) => value(keys.get(key))],
  SET: [3, any, ([, key = '', text = ''], state) => (put(state, key, text) ? ok : full)],
  SETEX: [4, 4, ([, key = '', , text = ''], state) => (put(state, key, text) ? ok : full)],
  SETNX: [
    3,
    3,
    ([, key = '', text = ''], state) => (state.keys.has(key) ? number(0) : put(state, key, text) ? number(1) : full),
  ],
  APPEND: [
    3,
    3,
    ([, key = '', text = ''], state) =>
      put(state, key, (state.keys.get(key) ?? '') + text) ? number(state.keys.get(key)?.length ?? 0) : full,
  ],
  MGET: [2, any, ([, ...names], { keys }) => list(names.map((name) => value(keys.get(name))))],
  STRLEN: [2, 2, ([, key = ''], { keys }) => number(keys.get(key)?.length ?? 0)],
  DEL: [2, any, ([, ...names], state) => number(names.filter((name) => drop(state, name)).length)],
  UNLINK: [2, any, ([, ...names], state) => number(names.filter((name) => drop(state, name)).length)],
  EXISTS: [2, any, ([, ...names], { keys }) => number(names.filter((name) => keys.has(name)).length)],
  TYPE: [2, 2, ([, key = ''], { keys }) => (keys.has(key) ? '+string\r\n' : '+none\r\n')],
  TTL: [2, 2, ([, key = ''], { keys }) => number(keys.has(key) ? -1 : -2)],
  EXPIRE: [3, any, ([, key = ''], { keys }) => number(keys.has(key) ? 1 : 0)],
  KEYS: [
    2,
    2,
    ([, pattern = ''], { keys }) =>
      list([...keys.keys()].filter((key) => pattern === '*' || key === pattern).map(bulk)),
  ],
  SCAN: [2, any, (_, { keys }) => list([bulk('0'), list([...keys.keys()].map(bulk))])],
  DBSIZE: [1, 1, (_, { keys }) => number(keys.size)],
  FLUSHALL: [1, 2, (_, state) => empty(state)],
  FLUSHDB: [1, 2, (_, state) => empty(state)],
  SAVE: [1, 1, () => ok],
  BGSAVE: [1, 2, () => '+Background saving started\r\n'],
  BGREWRITEAOF: [1, 1, () => '+Background append only file rewriting started\r\n'],
  LASTSAVE: [1, 1, ({ length: _ }, { startedAt }) => number(Math.floor(startedAt / 1000))],
  TIME: [
    1,
    1,
    (_, { now }) => list([bulk(String(Math.floor(now() / 1000))), bulk(String((now() % 1000) * 1000 + 417))]),
  ],
  ROLE: [1, 1, () => list([bulk('master'), number(0), list([])])],
  SLAVEOF: [3, 3, ([, , port = '']) => (/^\d{1,5}$|^one$/i.test(port) ? ok : error('Invalid master port'))],
  REPLICAOF: [3, 3, ([, , port = '']) => (/^\d{1,5}$|^one$/i.test(port) ? ok : error('Invalid master port'))],
  MODULE: [
    2,
    any,
    ([, action = '']) =>
      action.toUpperCase() === 'LIST'
        ? list([])
        : action.toUpperCase() === 'LOAD'
          ? error(notLoaded)
          : error(`unknown subcommand '${word(action)}'. Try MODULE HELP.`),
  ],
  EVAL: [3, any, ([, script = '']) => evaluated(script)],
  EVALSHA: [3, any, () => '-NOSCRIPT No matching script. Please use EVAL.\r\n'],
  CLIENT: [2, any, ([, action = ''], { id }) => client(action.toUpperCase(), action, id)],
  COMMAND: [1, any, ([, action = '']) => (action.toUpperCase() === 'COUNT' ? number(240) : list([]))],
  HELLO: [1, any, ([, version], state) => hello(version, state)],
  MONITOR: [1, 1, () => ok],
  DEBUG: [
    2,
    any,
    () =>
      error(
        'DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
      ),
  ],
};

const full = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
const value = (text: string | undefined): string => (text === undefined ? none : bulk(text));
/** An error stands on one line. */
const word = (text: string): string => text.replace(/[\r\n]/g, ' ').slice(0, 128);

function put(state: RedisState, key: string, text: string): boolean {
  const change = text.length - (state.keys.get(key)?.length ?? -key.length);
  if (state.bytes + change > mostBytes || (!state.keys.has(key) && state.keys.size >= mostKeys)) return false;
  state.bytes += change;
  state.keys.set(key, text);
  return true;
}

function drop(state: RedisState, key: string): boolean {
  const old = state.keys.get(key);
  if (old === undefined) return false;
  state.bytes -= old.length + key.length;
  return state.keys.delete(key);
}

function empty(state: RedisState): string {
  state.keys.clear();
  state.bytes = 0;
  return ok;
}

function config([, action = '', name = '', ...rest]: readonly string[], { config: kept }: RedisState): string {
  switch (action.toUpperCase()) {
    case 'GET': {
      const found = [...kept].filter(([key]) => name === '*' || key === name.toLowerCase());
      return list(found.flatMap(([key, text]) => [bulk(key), bulk(text)]));
    }
    case 'SET':
      if (rest.length === 0) return error("wrong number of arguments for 'config|set' command");
      if (!kept.has(name.toLowerCase()))
        return error(`Unknown option or number of arguments for CONFIG SET - '${word(name)}'`);
      if (name.toLowerCase() === 'dbfilename' && rest[0]?.includes('/'))
        return error(
          "CONFIG SET failed (possibly related to argument 'dbfilename') - dbfilename can't be a path, just a filename",
        );
      kept.set(name.toLowerCase(), (rest[0] ?? '').slice(0, 4096));
      return ok;
    case 'RESETSTAT':
    case 'REWRITE':
      return ok;
    default:
      return error(`unknown subcommand '${word(action)}'. Try CONFIG HELP.`);
  }
}

/** Scripts do not run; the plainest are answered as if they did. */
function evaluated(script: string): string {
  const plain = /^\s*return\s+(?:(-?\d{1,15})|'([^']{0,1000})'|"([^"]{0,1000})")\s*;?\s*$/.exec(script);
  if (plain?.[1] !== undefined) return number(Number(plain[1]));
  if (plain !== null) return bulk(plain[2] ?? plain[3] ?? '');
  const unknown = /\b(os|io|package|require|dofile|loadfile|debug)\b/.exec(script)?.[1];
  return unknown === undefined
    ? none
    : error(
        `user_script:1: Script attempted to access nonexistent global variable '${unknown}' script: f_, on @user_script:1.`,
      );
}

function client(action: string, given: string, id: number): string {
  if (action === 'ID') return number(id);
  if (action === 'GETNAME') return none;
  if (action === 'SETNAME' || action === 'REPLY' || action === 'KILL') return ok;
  return error(`unknown subcommand '${word(given)}'. Try CLIENT HELP.`);
}

function hello(version: string | undefined, { id }: RedisState): string {
  if (version !== undefined && version !== '2' && version !== '3') return '-NOPROTO unsupported protocol version\r\n';
  const pairs = [
    bulk('server'),
    bulk('redis'),
    bulk('version'),
    bulk('7.0.15'),
    bulk('proto'),
    number(Number(version ?? 2)),
    bulk('id'),
    number(id),
    bulk('mode'),
    bulk('standalone'),
    bulk('role'),
    bulk('master'),
    bulk('modules'),
    list([]),
  ];
  return version === '3' ? `%7\r\n${pairs.join('')}` : list(pairs);
}

function info({ persona, now, startedAt, runId, port, clients, keys, bytes }: RedisState, section: string): string {
  const seconds = Math.floor((now() - startedAt) / 1000);
  const memory = 1_040_000 + (Number.parseInt(runId.slice(0, 4), 16) % 90_000) + bytes;
  const parts: Record<string, readonly string[]> = {
    Server: [
      'redis_version:7.0.15',
      'redis_git_sha1:00000000',
      'redis_git_dirty:0',
      `redis_build_id:${runId.slice(8, 24)}`,
      'redis_mode:standalone',
      `os:Linux ${persona.kernel.release} x86_64`,
      'arch_bits:64',
      'monotonic_clock:POSIX clock_gettime',
      'multiplexing_api:epoll',
      'atomicvar_api:c11-builtin',
      'gcc_version:12.2.0',
      `process_id:${400 + (Number.parseInt(runId.slice(4, 7), 16) % 900)}`,
      'process_supervised:systemd',
      `run_id:${runId}`,
      `tcp_port:${port}`,
      `server_time_usec:${now() * 1000}`,
      `uptime_in_seconds:${seconds}`,
      `uptime_in_days:${Math.floor(seconds / 86_400)}`,
      'hz:10',
      'configured_hz:10',
      `lru_clock:${Math.floor(now() / 1000) & 0xffffff}`,
      'executable:/usr/bin/redis-server',
      'config_file:/etc/redis/redis.conf',
      'io_threads_active:0',
    ],
    Clients: [
      `connected_clients:${clients()}`,
      'cluster_connections:0',
      'maxclients:10000',
      'client_recent_max_input_buffer:20480',
      'client_recent_max_output_buffer:0',
      'blocked_clients:0',
      'tracking_clients:0',
      'clients_in_timeout_table:0',
    ],
    Memory: [
      `used_memory:${memory}`,
      `used_memory_human:${(memory / 1_048_576).toFixed(2)}M`,
      `total_system_memory:${persona.memory.totalKb * 1024}`,
      'maxmemory:0',
      'maxmemory_policy:noeviction',
      'mem_allocator:jemalloc-5.3.0',
    ],
    Persistence: [
      'loading:0',
      'rdb_changes_since_last_save:0',
      'rdb_bgsave_in_progress:0',
      `rdb_last_save_time:${Math.floor(startedAt / 1000)}`,
      'rdb_last_bgsave_status:ok',
      'aof_enabled:0',
    ],
    Replication: [
      'role:master',
      'connected_slaves:0',
      'master_failover_state:no-failover',
      `master_replid:${[...runId].reverse().join('')}`,
      'master_repl_offset:0',
    ],
    CPU: [`used_cpu_sys:${(seconds / 900).toFixed(6)}`, `used_cpu_user:${(seconds / 700).toFixed(6)}`],
    Keyspace: keys.size === 0 ? [] : [`db0:keys=${keys.size},expires=0,avg_ttl=0`],
  };
  const isAll = ['default', 'all', 'everything'].includes(section);
  return Object.entries(parts)
    .filter(([name]) => isAll || name.toLowerCase() === section)
    .map(([name, lines]) => `# ${name}\r\n${lines.map((line) => `${line}\r\n`).join('')}`)
    .join('\r\n');
}
