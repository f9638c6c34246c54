import { createSocket } from 'node:dgram';
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { ConfigError, type PhosorConfig } from '../config/index.ts';
import { packageRoot } from '../package.ts';
import { loadShippedRules } from '../rules-folder.ts';
import { memoryHereMb } from '../runtime/memory.ts';
import { bold, type Call, type Command, configOf, dim, green, isOn, placeFlags, red, yellow } from './command.ts';
import { isCheckout } from './place.ts';

/** One thing that was looked at. `fix` says what to do where it is not ok. */
interface Check {
  name: string;
  state: 'ok' | 'note' | 'problem';
  found: string;
  fix: string | null;
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'Check this machine and the configuration, with a fix for everything found.',
  usage: ['[--json] [flags of phosor start]'],
  flags: [{ name: '--json', kind: 'switch', description: 'One JSON object per check on stdout.' }, ...placeFlags],
  details: ['Exit code 1 if something needs attention. Notes do not count. Nothing is changed.'],
  run,
};

async function run(call: Call): Promise<number> {
  const { out } = call;
  const checks = await examine(call);
  for (const check of checks) {
    if (isOn(call.flags, '--json')) {
      out.line(JSON.stringify(check));
      continue;
    }
    const mark = { ok: green(out, 'ok     '), note: yellow(out, 'note   '), problem: red(out, 'problem') }[check.state];
    out.line(
      `${mark} ${bold(out, check.name)}: ${check.found}${check.fix ? `\n        ${dim(out, '→')} ${check.fix}` : ''}`,
    );
  }
  const problems = checks.filter(({ state }) => state === 'problem').length;
  if (!isOn(call.flags, '--json')) {
    out.line(
      problems === 0 ? '\nNothing needs attention.' : `\n${problems} of ${checks.length} checks need attention.`,
    );
  }
  return problems > 0 ? 1 : 0;
}

async function examine(call: Call): Promise<Check[]> {
  const checks: Check[] = [nodeCheck()];
  let config: PhosorConfig;
  try {
    const loaded = configOf(call);
    config = loaded.config;
    const found = loaded.file ? `read from ${loaded.file}` : 'no file, so environment, flags and defaults';
    checks.push({ name: 'Configuration', state: 'ok', found, fix: null });
    for (const warning of loaded.warnings)
      checks.push({ name: 'Configuration', state: 'note', found: warning, fix: null });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const found of error.problems) {
      checks.push({
        name: 'Configuration',
        state: 'problem',
        found,
        fix: 'Correct it as said. docs/configuration.md lists every option.',
      });
    }
    return checks;
  }
  checks.push(...(await portChecks(config)), dataFolderCheck(config), diskCheck(config), receiveBufferCheck(config));
  checks.push(...systemLogChecks(config), ...watchChecks(config), uiCheck(), rulesCheck(), clockCheck(), memoryCheck());
  return checks;
}

function nodeCheck(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  return {
    name: 'Node',
    state: major >= 26 ? 'ok' : 'problem',
    found: `${process.version} at ${process.execPath}`,
    fix: major >= 26 ? null : 'Phosor needs Node 26. Install its bundled one: npm ci (without --omit=optional).',
  };
}

async function portChecks(config: PhosorConfig): Promise<Check[]> {
  const { http, syslog } = config;
  const wanted = [
    {
      name: 'HTTP port',
      kind: 'tcp' as const,
      host: http.host,
      port: http.port,
      option: 'PHOSOR_HTTP_PORT',
      isNeeded: true,
    },
    {
      name: 'UI port',
      kind: 'tcp' as const,
      host: http.host,
      port: http.uiPort,
      option: 'PHOSOR_UI_PORT',
      isNeeded: false,
    },
    {
      name: 'Syslog TCP port',
      kind: 'tcp' as const,
      host: syslog.host,
      port: syslog.port,
      option: 'PHOSOR_SYSLOG_PORT',
      isNeeded: true,
    },
    {
      name: 'Syslog UDP port',
      kind: 'udp' as const,
      host: syslog.host,
      port: syslog.port,
      option: 'PHOSOR_SYSLOG_PORT',
      isNeeded: true,
    },
  ];
  const checks: Check[] = [];
  for (const { name, kind, host, port, option, isNeeded } of wanted) {
    if (port === 0) {
      checks.push({ name, state: 'ok', found: 'any free port, or off', fix: null });
      continue;
    }
    const code = await (kind === 'tcp' ? tcpError(host, port) : udpError(host, port));
    const place = `${host}:${port}`;
    const fix =
      code === 'EACCES'
        ? `Ports below 1024 need root. Choose another with ${option}.`
        : code === 'EADDRNOTAVAIL'
          ? 'This machine does not have that address. Correct the host.'
          : `Another program (perhaps Phosor itself) uses it. Stop that, or choose another port with ${option}.`;
    checks.push(
      code === null
        ? { name, state: 'ok', found: `${place} is free`, fix: null }
        : { name, state: isNeeded ? 'problem' : 'note', found: `${place} cannot be used (${code})`, fix },
    );
  }
  return checks;
}

const tcpError = (host: string, port: number): Promise<string | null> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });

const udpError = (host: string, port: number): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(null)));
  });

function dataFolderCheck({ dataDir }: PhosorConfig): Check {
  const name = 'Data folder';
  const at = nearestExisting(dataDir);
  try {
    if (!statSync(at).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    accessSync(at, constants.W_OK | constants.X_OK);
    return { name, state: 'ok', found: `${dataDir} ${at === dataDir ? 'is writable' : 'can be made'}`, fix: null };
  } catch (error) {
    const found = `${dataDir} cannot be written: ${at} refuses it (${(error as NodeJS.ErrnoException).code})`;
    const fix = 'Give this user the right to write there, or choose another with PHOSOR_DATA_DIR.';
    return { name, state: 'problem', found, fix };
  }
}

function nearestExisting(path: string): string {
  let at = path;
  while (!existsSync(at) && at !== '/') at = dirname(at);
  return at;
}

function diskCheck({ dataDir, store }: PhosorConfig): Check {
  const { bavail, bsize } = statfsSync(nearestExisting(dataDir));
  const free = bavail * bsize;
  const wanted = store.maxBytes + store.spoolMaxBytes;
  return {
    name: 'Disk space',
    state: free < 100_000_000 ? 'problem' : free < wanted ? 'note' : 'ok',
    found: `${megabytes(free)} free, Phosor may take up to ${megabytes(wanted)} (store and spool)`,
    fix: free < wanted ? 'Free some space, or lower PHOSOR_STORE_MAX_BYTES and PHOSOR_STORE_SPOOL_MAX_BYTES.' : null,
  };
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString('en-US')} MB`;

function receiveBufferCheck({ syslog }: PhosorConfig): Check {
  const path = '/proc/sys/net/core/rmem_max';
  const name = 'UDP receive buffer';
  if (!existsSync(path)) return { name, state: 'note', found: 'this system does not tell its limit', fix: null };
  const limit = Number(readFileSync(path, 'utf8'));
  const isEnough = limit >= syslog.receiveBufferBytes;
  return {
    name,
    state: isEnough ? 'ok' : 'note',
    found: `the kernel allows ${limit} bytes, ${syslog.receiveBufferBytes} are asked for`,
    fix: isEnough
      ? null
      : `Bursts of syslog over UDP may be lost. As root: sysctl -w net.core.rmem_max=${syslog.receiveBufferBytes}`,
  };
}

const canRead = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
};

function systemLogChecks({ files }: PhosorConfig): Check[] {
  const name = 'System logs';
  if (!files.watchSystemLogs) return [{ name, state: 'ok', found: 'not watched, as configured', fix: null }];
  const paths = ['auth.log', 'ufw.log', 'kern.log', 'syslog', 'messages'].map((each) => `/var/log/${each}`);
  const present = paths.filter((path) => existsSync(path));
  const readable = present.filter(canRead);
  const refused = present.filter((path) => !readable.includes(path));
  if (refused.length > 0) {
    const fix = 'Add this user to the group that may read them, often adm: usermod -aG adm $USER, then log in again.';
    return [{ name, state: 'note', found: `${refused.join(', ')} cannot be read by this user`, fix }];
  }
  const found =
    readable.length > 0
      ? `${readable.join(', ')} can be read`
      : 'none on this machine; send syslog or name files instead';
  return [{ name, state: 'ok', found, fix: null }];
}

function watchChecks({ files }: PhosorConfig): Check[] {
  return files.watch.flatMap(({ path }): Check[] => {
    if (/[*?[]/.test(path)) return [];
    const name = 'Watched file';
    if (!existsSync(path))
      return [{ name, state: 'note' as const, found: `${path} does not exist yet; Phosor waits for it`, fix: null }];
    if (canRead(path)) return [{ name, state: 'ok' as const, found: `${path} can be read`, fix: null }];
    return [
      { name, state: 'problem' as const, found: `${path} cannot be read`, fix: 'Give this user the right to read it.' },
    ];
  });
}

function uiCheck(): Check {
  const isBuilt = existsSync(join(packageRoot, 'web/dist/index.html'));
  const found = isBuilt
    ? 'built'
    : isCheckout
      ? 'not built yet; phosor start builds it'
      : 'missing from this installation';
  const isLost = !isBuilt && !isCheckout;
  return { name: 'UI', state: isLost ? 'problem' : 'ok', found, fix: isLost ? 'Install phosor again.' : null };
}

function rulesCheck(): Check {
  const { docs, problems } = loadShippedRules();
  const isWell = docs.length > 0 && !problems.some(({ level }) => level === 'error');
  const fix = isWell ? null : 'Install phosor again, and see phosor rules check for the details.';
  return { name: 'Shipped rules', state: isWell ? 'ok' : 'problem', found: `${docs.length} rules`, fix };
}

/** A wrong clock puts alerts into the wrong hour. What can be seen without asking the network: is it older than the program? */
function clockCheck(): Check {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isPast = Date.now() < Date.parse('2026-01-01T00:00:00Z');
  return {
    name: 'Clock',
    state: isPast ? 'problem' : 'ok',
    found: `${new Date().toISOString()}, zone ${zone} (times without a zone are read in it)`,
    fix: isPast ? 'The clock is behind. Set it, or switch on time synchronisation: timedatectl set-ntp true' : null,
  };
}

function memoryCheck(): Check {
  const hereMb = memoryHereMb();
  const isSmall = hereMb < 512;
  const fix = isSmall
    ? 'Phosor needs 512 MB to take 5,000 events per second beside questions. Give it more, or lower PHOSOR_STORE_MEMORY_LIMIT_MB.'
    : null;
  return { name: 'Memory', state: isSmall ? 'note' : 'ok', found: `${megabytes(hereMb * 1e6)} for Phosor`, fix };
}
