/**
 * The HTTP, FTP, SMTP, MySQL and Redis decoys of the started program, visited with the real tools of Debian's packages: N-021,
 * N-022, and what they did is in the store, field by field. Where a tool is not installed its test is skipped and says so.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts, type Program, startProgram, waitFor } from '../program.ts';
import { getJson, type Json, send } from './client.ts';

const local = '127.0.0.1';

let program: Program;
let folder: string;
/** nmap waits most of the time: it runs beside the other tests. */
let scan: Promise<{ code: number; said: string }> | null = null;
const ports = { http: 0, ftp: 0, smtp: 0, mysql: 0, redis: 0 };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'phosor-tools-'));
  const names = Object.keys(ports) as (keyof typeof ports)[];
  const free = await freePorts(names.length);
  for (const [index, name] of names.entries()) ports[name] = free[index] ?? 0;
  const env = Object.fromEntries(names.map((name) => [`PHOSOR_DECOY_${name.toUpperCase()}_PORT`, String(ports[name])]));
  program = await startProgram({ env: { ...env, PHOSOR_DECOY_HOST: '127.0.0.1', PHOSOR_DECOYS: names.join(',') } });
  const accounts = { accept: 'list', accounts: ['deploy:s3cret'], failureDelayMs: 0 };
  const changed = await send(program, 'PUT', '/api/decoys/ftp', { options: accounts });
  expect(changed.ok, await changed.text()).toBe(true);
  await waitFor('the decoys', async () => {
    const { decoys } = await getJson(program, '/api/decoys');
    return decoys.filter(({ state }: Json) => state === 'on').length === names.length || undefined;
  });
  const list = Object.values(ports).join(',');
  if (!missing('nmap')) scan = run('nmap', '-Pn', '-n', '-sV', '--version-intensity', '3', '-T4', '-p', list, local);
}, 120_000);
afterAll(async () => {
  await program?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const missing = (tool: string): boolean => spawnSync('which', [tool]).status !== 0;

/** Runs a tool that is only given addresses of the loopback. Its exit code and everything it said. */
const run = (tool: string, ...args: string[]): Promise<{ code: number; said: string }> =>
  new Promise((done) => {
    execFile(tool, args, { timeout: 90_000, cwd: folder }, (error, out, err) =>
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, said: `${out}${err}` }),
    );
  });

/** The first stored event of this type that fits. */
const stored = (type: string, fits: (event: Json) => boolean): Promise<Json> =>
  waitFor(
    `a stored ${type}`,
    async () => {
      const { events } = await getJson(program, `/api/events?event_type=${type}&limit=1000`);
      return events.find(fits);
    },
    30_000,
  );

test("N-021: POST /admin with ' or 1=1 is answered with 403 and is a sqli_attempt in the store", async () => {
  const body = new URLSearchParams({ username: "' or 1=1", password: 'x' });
  const answer = await fetch(`http://${local}:${ports.http}/admin`, { method: 'POST', body });
  expect(answer.status).toBe(403);
  const event = await stored('decoy.request', ({ fields }) => fields.attack === 'sqli_attempt');
  expect(event).toMatchObject({
    src_ip: local,
    dst_port: ports.http,
    protocol: 'http',
    source_type: 'decoy',
    severity: 'high',
    fields: { decoy: 'http', method: 'POST', path: '/admin', lure: 'admin', status: 403 },
  });
});

test.skipIf(missing('curl'))('N-022 and curl: a refused login, an upload by FTP, a page by HTTP', async () => {
  const refused = await run('curl', '-s', '--max-time', '30', '-u', 'root:x', `ftp://${local}:${ports.ftp}/`);
  // curl: 67, the server denied the login.
  expect(refused.code, refused.said).toBe(67);
  expect(await stored('decoy.login', ({ user, fields }) => user === 'root' && fields.decoy === 'ftp')).toMatchObject({
    outcome: 'failure',
    fields: {
      method: 'password',
      password: '*',
      password_length: 1,
      password_sha256: createHash('sha256').update('x').digest('hex'),
    },
  });
  const content = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7919) % 256));
  writeFileSync(join(folder, 'payload.bin'), content);
  const sent = await run(
    'curl',
    '-s',
    '--max-time',
    '30',
    '-T',
    'payload.bin',
    '-u',
    'deploy:s3cret',
    `ftp://${local}:${ports.ftp}/drop.bin`,
  );
  expect(sent.code, sent.said).toBe(0);
  expect(await stored('decoy.upload', ({ fields }) => fields.via === 'ftp')).toMatchObject({
    fields: {
      file_name: '/home/deploy/drop.bin',
      size: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    },
  });
  const page = await run(
    'curl',
    '-s',
    '-i',
    '--max-time',
    '30',
    '-A',
    'probe/1.0',
    `http://${local}:${ports.http}/.env`,
  );
  expect(page.said).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(await stored('decoy.request', ({ fields }) => fields.path === '/.env')).toMatchObject({
    fields: {
      user_agent: 'probe/1.0',
      attack: 'secret_file_access',
      headers: [
        ['Host', `${local}:${ports.http}`],
        ['User-Agent', 'probe/1.0'],
        ['Accept', '*/*'],
      ],
    },
  });
});

test.skipIf(missing('lftp'))('lftp lists, fetches and sends', async () => {
  writeFileSync(join(folder, 'note.txt'), 'hello\n');
  const script =
    'set net:timeout 20; set net:max-retries 1; set ftp:ssl-allow no; ls -a; put note.txt; cat note.txt; get .netrc -o copy; bye';
  const { code, said } = await run('lftp', '-u', 'deploy,s3cret', '-p', String(ports.ftp), '-e', script, local);
  expect(code, said).toBe(0);
  expect(said).toMatch(/^-rw-r--r--.* \.netrc$/m);
  expect(said).toContain('hello\n');
  expect(readFileSync(join(folder, 'copy'), 'utf8')).toMatch(/^machine \S+\nlogin \S+\npassword \S+\n$/);
  await stored('decoy.command', ({ fields }) => fields.command === 'STOR note.txt');
});

const words = Array.from({ length: 30 }, (_, index) => `guess${index}`);

test.skipIf(missing('hydra'))('hydra finds the one password, and every guess is stored', async () => {
  writeFileSync(join(folder, 'words'), [...words, 's3cret'].join('\n'));
  const { said } = await run(
    'hydra',
    '-t',
    '8',
    '-I',
    '-l',
    'deploy',
    '-P',
    'words',
    '-s',
    String(ports.ftp),
    local,
    'ftp',
  );
  expect(said).toMatch(/login: deploy +password: s3cret/);
  const hashes = words.map((word) => createHash('sha256').update(word).digest('hex'));
  await waitFor(
    'every guess',
    async () => {
      const { events } = await getJson(program, '/api/events?event_type=decoy.login&limit=1000');
      const seen = new Set(events.map(({ fields }: Json) => fields.password_sha256));
      return hashes.every((hash) => seen.has(hash)) || undefined;
    },
    30_000,
  );
});

test.skipIf(missing('medusa'))('medusa finds it as well', async () => {
  writeFileSync(join(folder, 'few'), ['a', 'b', 's3cret'].join('\n'));
  const { said } = await run('medusa', '-h', local, '-n', String(ports.ftp), '-u', 'deploy', '-P', 'few', '-M', 'ftp');
  expect(said).toContain('ACCOUNT FOUND: [ftp] Host: 127.0.0.1 User: deploy Password: s3cret [SUCCESS]');
});

test('a bait account is an alert wherever it is used, here in a line of a real sshd', async () => {
  const { honeytokens } = await getJson(program, '/api/honeytokens');
  const { value } = honeytokens.find(({ kind }: Json) => kind === 'account');
  const line = `Nov 22 03:04:05 web1 sshd[811]: Failed password for invalid user ${value} from 203.0.113.99 port 40022 ssh2`;
  const posted = await send(program, 'POST', '/api/webhook/honeytoken-test', { message: line });
  expect(posted.ok, await posted.text()).toBe(true);
  const alert = await waitFor('the alert', async () => {
    const alerts = await getJson(program, '/api/alerts?limit=200');
    return alerts.find((each: Json) => each.rule_id === '6d3f1c02-5f0b-4b7e-9a86-0a4f7f2f8c31');
  });
  expect(alert).toMatchObject({ severity: 'critical' });
  expect(alert.message).toContain('203.0.113.99');
});

test.skipIf(missing('nmap'))(
  'nmap takes each for what it imitates',
  async () => {
    const said = (await scan)?.said ?? '';
    const of = (port: number): string =>
      new RegExp(`^${port}/tcp +open +(.*)$`, 'm').exec(said)?.[1]?.replace(/ +/g, ' ') ?? said;
    expect(of(ports.ftp)).toBe('ftp vsftpd 3.0.3');
    expect(of(ports.http)).toMatch(/^http (?:nginx 1\.22\.1|Apache httpd 2\.4\.\d+ \(\(Debian\)\))/);
    expect(of(ports.smtp)).toMatch(/^smtp Postfix smtpd/);
    expect(of(ports.mysql)).toMatch(/^mysql MySQL 5\.5\.5-10\.11\.\d+-MariaDB-0\+deb12u\d/);
    expect(of(ports.redis)).toMatch(/^redis Redis key-value store/);
  },
  120_000,
);
