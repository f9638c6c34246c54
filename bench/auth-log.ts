/**
 * A reproducible auth.log: what a busy host on the internet writes.
 *
 * Mix per line: 30 % "Failed password", 8 % invalid user, 8 % PAM failure, 8 % connection closed, 6 % accepted, 6 % PAM
 * session, 6 % sudo, 8 % cron, 14 % UFW in the kernel log, 3 % systemd, 3 % application (two thirds of them with a secret).
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** mulberry32: 32-bit state, the same numbers everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const users = ['root', 'admin', 'deploy', 'alice', 'bob', 'postgres', 'test', 'oracle', 'git', 'ubuntu'];

/** Line `i` of the log, with its newline; attackers come in runs of 40 to 80 lines, by default each time another one. */
export function* authLogLines(
  count: number,
  seed = 42,
  start = Date.UTC(2026, 9, 1),
  perSecond = 2,
  attackers = Number.POSITIVE_INFINITY,
): Generator<string> {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  let attacker = '198.51.100.7';
  let runLeft = 0;
  for (let i = 0; i < count; i += 1) {
    if (runLeft <= 0) {
      runLeft = 40 + Math.floor(random() * 41);
      attacker = Number.isFinite(attackers)
        ? `203.0.113.${1 + Math.floor(random() * attackers)}`
        : `${pick([198, 203, 192])}.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}.${1 + Math.floor(random() * 254)}`;
    }
    runLeft -= 1;
    const at = new Date(start + Math.floor(i / perSecond) * 1000);
    const two = (n: number): string => String(n).padStart(2, '0');
    const stamp = `${months[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
    const pid = 1000 + Math.floor(random() * 30_000);
    const port = 1024 + Math.floor(random() * 60_000);
    const user = pick(users);
    const head = `${stamp} web1 `;
    const dice = random() * 100;
    if (dice < 30) yield `${head}sshd[${pid}]: Failed password for ${user} from ${attacker} port ${port} ssh2\n`;
    else if (dice < 38) yield `${head}sshd[${pid}]: Invalid user ${user}x from ${attacker} port ${port}\n`;
    else if (dice < 46)
      yield `${head}sshd[${pid}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${attacker}  user=${user}\n`;
    else if (dice < 54)
      yield `${head}sshd[${pid}]: Connection closed by authenticating user ${user} ${attacker} port ${port} [preauth]\n`;
    else if (dice < 60)
      yield `${head}sshd[${pid}]: Accepted publickey for ${user} from 192.0.2.${10 + Math.floor(random() * 20)} port ${port} ssh2: ED25519 SHA256:Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE\n`;
    else if (dice < 66)
      yield `${head}sshd[${pid}]: pam_unix(sshd:session): session opened for user ${user}(uid=1000) by (uid=0)\n`;
    else if (dice < 72)
      yield `${head}sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/apt-get update\n`;
    else if (dice < 80)
      yield `${head}CRON[${pid}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)\n`;
    else if (dice < 94)
      yield `${head}kernel: [${(i / perSecond).toFixed(6)}] [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00 SRC=${attacker} DST=192.0.2.1 LEN=44 TOS=0x00 PREC=0x00 TTL=52 ID=${pid} PROTO=TCP SPT=${port} DPT=${pick([22, 23, 80, 443, 445, 3389, 8080])} WINDOW=1024 RES=0x00 SYN URGP=0 \n`;
    else if (dice < 97) yield `${head}systemd[1]: Started Session ${pid} of user ${user}.\n`;
    else if (dice < 98) yield `${head}app[${pid}]: user ${user} logged in password=Tr0ub4dor&3 from 192.0.2.9\n`;
    else if (dice < 99)
      yield `${head}app[${pid}]: payment with card 4111 1111 1111 1111 accepted for ssn 123-45-6789\n`;
    else yield `${head}app[${pid}]: request ${pid} served in ${Math.floor(random() * 90)} ms\n`;
  }
}

/** The same lines as a live sender writes them: from `now` on, `perSecond` of them a second, in the host's zone, without newlines. */
export function liveLines(count: number, perSecond: number, now: number, attackers: number): string[] {
  const local = now - new Date(now).getTimezoneOffset() * 60_000;
  return [...authLogLines(count, 42, local, perSecond, attackers)].map((line) => line.trimEnd());
}

/** Writes the log once and keeps it. Returns its SHA-256, so that figures can name their input. */
export async function authLogFile(path: string, count: number, attackers = Number.POSITIVE_INFINITY): Promise<string> {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    const parts: string[] = [];
    for (const line of authLogLines(count, 42, undefined, 2, attackers)) parts.push(line);
    writeFileSync(`${path}.new`, parts.join(''));
    renameSync(`${path}.new`, path);
  }
  const hash = createHash('sha256');
  for await (const block of createReadStream(path)) hash.update(block as Buffer);
  return hash.digest('hex');
}
