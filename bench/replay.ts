/**
 * Replay of an auth.log on one core: read, parse, redact, 50 of the shipped rules (the first by path: authentication,
 * database, network, which are those that look at such a log; BENCH_RULES=0: all), correlate, no store; beside it, in turns, the
 * parsers of Debian's crowdsec and `fail2ban-regex` where they are installed. Processor time, start-up included for all
 * (crowdsec's own start is removed by the slope between a small and a large file).
 *
 * Peers: `bench/peers.sh` unpacks Debian's packages into bench/.cache/peers without installing them.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { authLogFile } from './auth-log.ts';
import { median, runOnOneCore, thousands } from './measure.ts';

const cache = resolve(import.meta.dirname, '.cache');
const root = resolve(import.meta.dirname, '..');
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const lines = Number(process.env.BENCH_LINES ?? 2_000_000);
const peerLines = { small: 20_000, large: 60_000, fail2ban: 50_000 };

const big = join(cache, `auth-${lines}.log`);
console.log(`input: ${thousands(lines)} lines, sha256 ${(await authLogFile(big, lines)).slice(0, 16)}…`);

const ruleCount = Number(process.env.BENCH_RULES ?? 50);
const rulesFlags = ruleCount === 0 ? '' : `--no-default-rules --rules ${someRules(ruleCount)}`;
const replayCommand = (file: string): string =>
  `${process.execPath} ${join(root, 'bin/phosor.js')} replay ${file} --year 2026 ${rulesFlags} >/dev/null`;
const crowdsec = crowdsecCommand();
const fail2ban = fail2banCommand();
for (const count of Object.values(peerLines)) await authLogFile(join(cache, `auth-${count}.log`), count);
// crowdsec logs in to its local API even where it only reads a file.
const peers = join(cache, 'peers/crowdsec');
const localApi = crowdsec
  ? spawn(join(peers, 'usr/bin/crowdsec'), ['-c', join(peers, 'bench/config.yaml'), '-no-cs'], { stdio: 'ignore' })
  : null;
if (localApi) await new Promise((resolve) => setTimeout(resolve, 3000));

const ours: number[] = [];
const crowdsecRatios: number[] = [];
const fail2banRatios: number[] = [];
for (let round = 1; round <= rounds; round += 1) {
  const mine = runOnOneCore(replayCommand(big));
  if (mine.status !== 0) throw new Error(`phosor replay failed: ${mine.stderr.slice(0, 2000)}`);
  const perLine = mine.cpu / lines;
  ours.push(1 / perLine);
  let text = `round ${round}: phosor ${thousands(1 / perLine)} lines/s (${mine.cpu.toFixed(2)} s)`;
  if (crowdsec) {
    const small = runOnOneCore(crowdsec(join(cache, `auth-${peerLines.small}.log`)));
    const large = runOnOneCore(crowdsec(join(cache, `auth-${peerLines.large}.log`)));
    const slope = (large.cpu - small.cpu) / (peerLines.large - peerLines.small);
    crowdsecRatios.push(slope / perLine);
    text += ` · crowdsec ${thousands(1 / slope)} (${(slope / perLine).toFixed(1)}x)`;
  }
  if (fail2ban) {
    const theirs = runOnOneCore(fail2ban(join(cache, `auth-${peerLines.fail2ban}.log`))).cpu / peerLines.fail2ban;
    fail2banRatios.push(theirs / perLine);
    text += ` · fail2ban-regex ${thousands(1 / theirs)} (${(theirs / perLine).toFixed(1)}x)`;
  }
  console.log(text);
}
localApi?.kill();
console.log(`replay: median ${thousands(median(ours))} lines/s on one core (target 200,000)`);
console.log(
  crowdsec
    ? `against crowdsec parse-only: median ${median(crowdsecRatios).toFixed(1)}x (target 20x)`
    : 'crowdsec is not there: skipped (bench/peers.sh brings it)',
);
console.log(
  fail2ban
    ? `against fail2ban-regex: median ${median(fail2banRatios).toFixed(1)}x (target 8x)`
    : 'fail2ban-regex is not there: skipped (bench/peers.sh brings it)',
);

/** A folder with the first so many shipped rules, by path. */
function someRules(count: number): string {
  const shipped = join(root, 'rules');
  const names = readdirSync(shipped, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yml'));
  const folder = join(cache, `rules-${count}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of names.sort().slice(0, count))
    copyFileSync(join(shipped, name), join(folder, name.replaceAll('/', '-')));
  return folder;
}

/** crowdsec with its syslog, sshd and iptables parsers and no scenario, reading a file to its end. */
function crowdsecCommand(): ((file: string) => string) | null {
  const base = join(cache, 'peers/crowdsec');
  const binary = join(base, 'usr/bin/crowdsec');
  const ready = join(base, 'bench/config.yaml');
  if (!existsSync(binary) || !existsSync(ready)) return null;
  return (file) => `${binary} -c ${ready} -dsn file://${file} -type syslog -no-api >/dev/null 2>&1`;
}

function fail2banCommand(): ((file: string) => string) | null {
  const base = join(cache, 'peers/fail2ban');
  const script = join(base, 'usr/bin/fail2ban-regex');
  if (!existsSync(script)) return null;
  const python = readdirSync('/usr/bin').find((name) => /^python3\.\d+$/.test(name)) ?? 'python3';
  const empty = join(cache, 'empty');
  mkdirSync(empty, { recursive: true });
  writeFileSync(join(empty, 'README'), 'Nothing here on purpose.\n');
  const library = join(base, 'usr/lib/python3/dist-packages');
  return (file) =>
    `env PYTHONPATH=${library} /usr/bin/${python} ${script} -c ${join(base, 'etc/fail2ban')} ${file} ${join(base, 'etc/fail2ban/filter.d/sshd.conf')} >/dev/null`;
}
