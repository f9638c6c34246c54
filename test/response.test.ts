/** From a log line to the firewall, for real: Phosor runs in a network namespace, the attacker in another one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPrograms } from '../src/runtime/response/run.ts';
import { addresses, makePair, missing, type Pair } from './namespaces/pair.ts';
import { adminPassword, removeFolder, waitFor } from './program.ts';

const { attacker4, attacker6, friend4, victim4, victim6 } = addresses;
const lacking = missing('nft');
const noBouncer = missing('nft', 'crowdsec-firewall-bouncer');
const noCapture = missing('nft', 'tcpdump', 'setpriv');
const port = 28_931;
const folder = mkdtempSync(join(tmpdir(), 'phosor-response-'));
const log = join(folder, 'auth.log');

/** tcpdump, or tcpdump without any rights as long as a file is there. */
const capturing = join(folder, 'tcpdump');
const rightless = join(folder, 'rightless');

let pair: Pair;
let exited: Promise<unknown> = Promise.resolve();
let printed = '';

interface Decision {
  id: string;
  target: string;
  state: string;
  note: string | null;
  policy: string | null;
  enforcers: { enforcer: string; state: string }[];
}

/** Over the socket in the data folder, which needs no network. */
async function api<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        socketPath: join(folder, 'data', 'phosor.sock'),
        method,
        path,
        headers: { host: 'localhost', ...(body !== undefined && { 'content-type': 'application/json' }) },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString();
          resolve({ status: answer.statusCode ?? 0, body: text === '' ? (null as T) : (JSON.parse(text) as T) });
        });
      },
    );
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function start(env: Record<string, string> = {}): Promise<void> {
  printed = '';
  const program: ChildProcess = spawn(
    'ip',
    ['netns', 'exec', pair.victim, process.execPath, 'bin/phosor.js', 'start'],
    {
      cwd: join(import.meta.dirname, '..'),
      env: {
        ...process.env,
        PHOSOR_DATA_DIR: join(folder, 'data'),
        PHOSOR_HTTP_PORT: String(port),
        PHOSOR_UI_PORT: '0',
        PHOSOR_SYSLOG_PORT: '0',
        PHOSOR_SYSLOG_TLS_PORT: '0',
        PHOSOR_ADMIN_PASSWORD: adminPassword,
        PHOSOR_FILES_WATCH_SYSTEM_LOGS: 'false',
        PHOSOR_FILE_ROOTS: folder,
        PHOSOR_FILES_WATCH: log,
        PHOSOR_CAPTURE_PROGRAM: capturing,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  exited = once(program, 'exit');
  for (const stream of [program.stdout, program.stderr])
    stream?.on('data', (text) => {
      printed += text;
    });
  await waitFor('Phosor to run', async () => printed.includes(' runs at '), 60_000).catch((error) => {
    throw new Error(`${error}\n${printed}`);
  });
}

async function kill(): Promise<void> {
  const lock = join(folder, 'data', 'phosor.lock');
  if (existsSync(lock)) process.kill(Number(readFileSync(lock, 'utf8')), 'SIGKILL');
  await exited;
}

const attack = (from: string): void => {
  const now = new Date().toISOString().replace('Z', '+00:00');
  const lines = Array.from(
    { length: 30 },
    (_, i) => `${now} host sshd[${2000 + i}]: Failed password for root from ${from} port ${40_000 + i} ssh2\n`,
  );
  appendFileSync(log, lines.join(''));
};
const find = async (target: string, states: string): Promise<Decision | undefined> =>
  (await api<{ decisions: Decision[] }>('GET', `/api/decisions?q=${encodeURIComponent(target)}&state=${states}`)).body
    .decisions[0];
const verified = (target: string) =>
  waitFor(
    `${target} to stand in the firewall`,
    async () => {
      const found = await find(target, 'active');
      return found?.enforcers.some(({ state }) => state === 'verified') ? found : null;
    },
    30_000,
  );
const ruleset = async (): Promise<string> =>
  (await runPrograms(pair.inside(pair.victim))('nft', ['list', 'ruleset'])).stdout;

beforeAll(async () => {
  if (lacking !== null) return;
  pair = makePair('e2e');
  writeFileSync(log, '');
  const dropped = 'setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all';
  writeFileSync(
    capturing,
    `#!/bin/sh\nPATH=$PATH:/usr/sbin:/usr/bin:/sbin\n[ -e ${rightless} ] && exec ${dropped} "$(command -v tcpdump)" "$@"\nexec tcpdump "$@"\n`,
  );
  chmodSync(capturing, 0o755);
  await pair.serve(8000);
  await start();
  // Any brute force decides, whoever it comes from.
  const answer = await api('PUT', '/api/response/policies/brute-force', {
    name: 'Brute force',
    enabled: true,
    order: 1,
    kind: 'block',
    ttl_seconds: 3600,
    when: { severity: 'low', rules: [], tags: [], event_types: ['auth.failure'], score: null },
  });
  expect(answer.status).toBe(200);
}, 120_000);

afterAll(async () => {
  if (lacking === null) {
    await kill();
    await pair.close();
  }
  removeFolder(folder);
});

const real = test.skipIf(lacking !== null);

real(
  `dry-run decides and writes nothing${lacking === null ? '' : ` (skipped: ${lacking})`}`,
  { timeout: 60_000 },
  async () => {
    attack(attacker4);
    const decision = await waitFor('a decision', () => find(attacker4, 'dry-run'), 30_000);
    expect(decision).toMatchObject({ target: attacker4, policy: 'brute-force', enforcers: [] });
    expect(await ruleset()).toBe('');
    expect(pair.reach(8000, { from: attacker4 })).toBe(200);
  },
);

real(
  'enforced: the attacker gets no answer, the neighbour does; one click undoes it',
  { timeout: 90_000 },
  async () => {
    expect((await api('PATCH', '/api/settings', { key: 'response.mode', value: 'enforce' })).status).toBe(200);
    attack(friend4);
    const { id } = await verified(friend4);
    expect(pair.reach(8000, { from: friend4 })).toBeNull();
    expect(pair.reach(8000, { from: attacker4 })).toBe(200);
    expect(await ruleset()).toContain(id);
    expect((await api('POST', `/api/decisions/${id}/undo`, {})).status).toBe(200);
    await waitFor('the answer', async () => pair.reach(8000, { from: friend4 }) === 200, 20_000);
    expect(await ruleset()).not.toContain(id);
  },
);

real('own and allow-listed addresses are never blocked, although the rule says so', { timeout: 60_000 }, async () => {
  const allowed = await api('POST', '/api/response/allowed', { network: `${attacker4}/31`, reason: 'Ours' });
  expect(allowed.status).toBe(200);
  attack('203.0.113.67');
  attack(victim4);
  for (const [target, why] of [
    ['203.0.113.67', 'allow-list'],
    [victim4, 'this machine'],
  ] as const) {
    const refused = await waitFor(`${target} to be refused`, () => find(`${target} `, 'refused'), 30_000);
    expect(refused.note).toContain(why);
  }
  expect((await api('POST', '/api/decisions', { target: attacker4, reason: 'By hand' })).status).toBe(422);
  expect((await api('POST', '/api/decisions', { target: '203.0.113.0/24', reason: 'By hand' })).status).toBe(422);
  expect(pair.reach(8000, { from: attacker4 })).toBe(200);
  await api('DELETE', `/api/response/allowed?network=${attacker4}/31`);
});

real('it expires: then the attacker is answered again', { timeout: 60_000 }, async () => {
  const made = await api<Decision>('POST', '/api/decisions', { target: attacker4, ttl_seconds: 6, reason: 'Short' });
  expect(made.status).toBe(201);
  await verified(attacker4);
  expect(pair.reach(8000, { from: attacker4 })).toBeNull();
  await waitFor('the end', async () => (await find(attacker4, 'expired')) !== undefined, 30_000);
  await waitFor('the answer', async () => pair.reach(8000, { from: attacker4 }) === 200, 20_000);
});

real(
  'killed and started again, and after somebody flushed the table, it stands there',
  { timeout: 120_000 },
  async () => {
    await api('POST', '/api/decisions', { target: attacker4, ttl_seconds: 600, reason: 'Longer' });
    const { id } = await verified(attacker4);
    await kill();
    expect(pair.reach(8000, { from: attacker4 })).toBeNull();
    const run = runPrograms(pair.inside(pair.victim));
    await run('nft', ['delete', 'table', 'inet', 'phosor']);
    await start();
    await waitFor('the table', async () => (await ruleset()).includes(id), 30_000);
    expect(pair.reach(8000, { from: attacker4 })).toBeNull();
    await run('nft', ['flush', 'ruleset']);
    expect(pair.reach(8000, { from: attacker4 })).toBe(200);
    expect((await api<{ entries: number; problem: null }>('POST', '/api/response/verify')).body).toMatchObject({
      entries: 1,
      problem: null,
    });
    expect(pair.reach(8000, { from: attacker4 })).toBeNull();
    // The panic switch takes everything away at once.
    expect((await api('POST', '/api/response/panic', { pulled: true })).body).toMatchObject({ lifted: 1 });
    expect(await ruleset()).toBe('');
    expect(pair.reach(8000, { from: attacker4 })).toBe(200);
    await api('POST', '/api/response/panic', { pulled: false });
  },
);

test.skipIf(noBouncer !== null)(
  `Debian’s crowdsec-firewall-bouncer enforces our stream${noBouncer === null ? '' : ` (skipped: ${noBouncer})`}`,
  { timeout: 120_000 },
  async () => {
    await kill();
    await start({ PHOSOR_RESPONSE_ENFORCER: 'none' });
    const { body: key } = await api<{ key: string }>('POST', '/api/keys', { name: 'edge', scopes: ['bouncer'] });
    const { body: first } = await api<Decision>('POST', '/api/decisions', { target: attacker4, reason: 'By hand' });
    expect(pair.reach(8000, { host: victim6, from: attacker6 })).toBe(200);
    const { body: six } = await api<Decision>('POST', '/api/decisions', { target: attacker6, reason: 'By hand' });
    const config = join(folder, 'bouncer.yaml');
    writeFileSync(
      config,
      [
        'mode: nftables',
        `pid_dir: ${folder}/`,
        'update_frequency: 1s',
        'daemonize: false',
        'log_mode: stdout',
        'log_level: info',
        `api_url: http://127.0.0.1:${port}/`,
        `api_key: ${key.key}`,
        'disable_ipv6: false',
        'deny_action: DROP',
        'deny_log: false',
        'supported_decisions_types: [ban]',
        'blacklists_ipv4: crowdsec-blacklists',
        'blacklists_ipv6: crowdsec6-blacklists',
        'nftables:',
        '  ipv4: { enabled: true, set-only: false, table: crowdsec, chain: crowdsec-chain }',
        '  ipv6: { enabled: true, set-only: false, table: crowdsec6, chain: crowdsec6-chain }',
        'prometheus: { enabled: false }',
        '',
      ].join('\n'),
    );
    let said = '';
    const bouncer = spawn('ip', ['netns', 'exec', pair.victim, 'crowdsec-firewall-bouncer', '-c', config], {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    for (const stream of [bouncer.stdout, bouncer.stderr])
      stream.on('data', (text) => {
        said += text;
      });
    try {
      await waitFor('the bouncer to block', async () => pair.reach(8000, { from: attacker4 }) === null, 30_000).catch(
        (error) => {
          throw new Error(`${error}\n${said}`);
        },
      );
      expect(pair.reach(8000, { from: friend4 })).toBe(200);
      // Of a range this version keeps the first address only: the one that was seen is told by itself too.
      await waitFor(
        'the block by IPv6',
        async () => pair.reach(8000, { host: victim6, from: attacker6 }) === null,
        30_000,
      );
      expect(await ruleset()).not.toContain('phosor');
      // What comes later and what is undone reaches it as a change.
      await api('POST', '/api/decisions', { target: friend4, reason: 'By hand' });
      await api('POST', `/api/decisions/${first.id}/undo`, {});
      await api('POST', `/api/decisions/${six.id}/undo`, {});
      await waitFor('the undo', async () => pair.reach(8000, { from: attacker4 }) === 200, 30_000);
      await waitFor(
        'the undo by IPv6',
        async () => pair.reach(8000, { host: victim6, from: attacker6 }) === 200,
        30_000,
      );
      await waitFor('the new one', async () => pair.reach(8000, { from: friend4 }) === null, 30_000);
      const { body } = await api<{ name: string; agent: string; pulls: number }[]>('GET', '/api/response/bouncers');
      expect(body[0]).toMatchObject({ name: 'edge', agent: expect.stringContaining('crowdsec-firewall-bouncer') });
    } finally {
      const ended = once(bouncer, 'exit');
      bouncer.kill('SIGTERM');
      await ended;
    }
  },
);

/** Sends so many datagrams of its own from the attacker's side, a few at a time. */
function sendDatagrams(count: number, to: number): Promise<unknown> {
  const code = `
    const socket = require('node:dgram').createSocket('udp4');
    let left = ${count};
    const more = () => {
      for (let i = 0; i < 50 && left > 0; i += 1, left -= 1) socket.send('x'.repeat(100), ${to}, '${victim4}');
      if (left > 0) setTimeout(more, 2);
      else setTimeout(() => socket.close(), 200);
    };
    more();`;
  return once(spawn('ip', ['netns', 'exec', pair.attacker, process.execPath, '-e', code]), 'exit');
}

interface Capture {
  state: string;
  detail: string | null;
  hint: string | null;
  received: number | null;
  lost: number | null;
  counts: { packets: number; flows: number } | null;
}

const captured = async (): Promise<Capture> => (await api<Capture>('GET', '/api/network')).body;
const captureState = (wanted: string) =>
  waitFor(
    `the capture to be ${wanted}`,
    async () => {
      const found = await captured();
      return found.state === wanted ? found : null;
    },
    30_000,
  );

test.skipIf(noCapture !== null)(
  'packets are captured live: what was sent is what came, and what was lost is said',
  async () => {
    const filter = 'udp dst port 9999';
    writeFileSync(rightless, '');
    expect((await api('POST', '/api/network/capture', { interface: 'wire', filter })).status).toBe(200);
    const refused = await captureState('unavailable');
    expect(refused.detail).toMatch(/^tcpdump may not read packets: .*(not permitted|permission)/i);
    expect(refused.hint).toContain(`setcap cap_net_raw,cap_net_admin=eip ${capturing}`);

    rmSync(rightless);
    await api('DELETE', '/api/network/capture');
    await captureState('off');
    await api('POST', '/api/network/capture', { interface: 'wire', filter });
    await waitFor('tcpdump to listen', async () => (await captured()).counts !== null, 30_000);
    const sent = 5000;
    await sendDatagrams(sent, 9999);
    const seen = await waitFor(
      'every packet, captured or counted as lost',
      async () => {
        const found = await captured();
        return (found.counts?.packets ?? 0) + (found.lost ?? 0) >= sent && found.received !== null ? found : null;
      },
      30_000,
    );
    expect((seen.counts?.packets ?? 0) + (seen.lost ?? 0)).toBe(sent);
    expect(seen.counts).toMatchObject({ flows: 1 });
    const told = await waitFor(
      'the first packet in the log',
      async () => {
        const path = `/api/network/packets?source=${attacker4}`;
        const { body } = await api<{ packets: { dst_port: number; length: number }[] }>('GET', path);
        return body.packets[0] ?? null;
      },
      30_000,
    );
    expect(told).toMatchObject({ dst_port: 9999, length: 142 });
    await api('DELETE', '/api/network/capture');
    await captureState('off');
  },
  120_000,
);
