import { type Call, type CommandTable, getopt } from '../run/call.ts';

/** `Sun 2026-11-08 14:48:18 UTC` */
const systemTime = (at: number): string => {
  const date = new Date(at);
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()];
  return `${day} ${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
};

/** `1 week 6 days`, the two largest units, as systemd says it. */
function ago(ms: number): string {
  const units = [
    ['week', 604_800],
    ['day', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const;
  let left = Math.floor(ms / 1000);
  const parts: string[] = [];
  for (const [unit, seconds] of units) {
    const count = Math.floor(left / seconds);
    left -= count * seconds;
    if (count > 0 && parts.length < 2)
      parts.push(unit.length > 3 || unit === 'day' ? `${count} ${unit}${count > 1 ? 's' : ''}` : `${count}${unit}`);
  }
  return parts.join(' ');
}

async function crontab(call: Call): Promise<number> {
  const options = getopt(
    call,
    'u:lrein:sT',
    {},
    {
      help: 'crontab: usage error: unrecognized option\nusage:\tcrontab [-u user] file\n\tcrontab [ -u user ] [ -i ] { -e | -l | -r }\n',
    },
  );
  if (!options) return 1;
  const user = options.get('u') ?? call.shell.user;
  if (!call.shell.account(user)) return call.fail(`user \`${user}' unknown`);
  const file = `/var/spool/cron/crontabs/${user}`;
  const present = call.disk.read(file);
  const none = (): number => {
    call.err(`no crontab for ${user}\n`);
    return 1;
  };
  if (options.has('l')) {
    if (!present.ok) return none();
    call.out(call.disk.text(file));
    return 0;
  }
  if (options.has('r')) {
    if (!present.ok) return none();
    call.disk.unlink(file);
    return 0;
  }
  if (options.has('e')) {
    if (!present.ok) call.err(`no crontab for ${user} - using an empty one\n`);
    call.err('crontab: installing new crontab\n');
    return 0;
  }
  const source = options.rest[0] ?? '-';
  const content = await call.read(source);
  if (!content.ok) {
    call.err(`${source}: ${content.error.message}\n`);
    return 1;
  }
  for (const [at, line] of content.value.split('\n').entries()) {
    if (
      line.trim() === '' ||
      /^\s*(?:#|[A-Za-z_]\w*\s*=|@(?:reboot|hourly|daily|weekly|monthly|yearly|annually|midnight)\s)/.test(line)
    )
      continue;
    if (/^\s*(?:[-\d*,/A-Za-z]+\s+){5}\S/.test(line)) continue;
    call.err(`"${source}":${at}: bad minute\nerrors in crontab file, can't install.\n`);
    return 1;
  }
  call.disk.writeText(file, content.value, { mode: 0o600 });
  call.machine.touched(file, 'crontab');
  return 0;
}

const units = (call: Call): string[] => [
  'cron',
  'dbus',
  'ssh',
  'systemd-journald',
  'systemd-logind',
  'systemd-timesyncd',
  'systemd-udevd',
  ...call.persona.processes
    .filter(({ ppid, pid }) => ppid === 1 && pid > 300)
    .map(({ name }) => name.replace(/^sshd$/, 'ssh')),
];

function systemctl(call: Call): number {
  const words = call.args.filter((arg) => !arg.startsWith('-'));
  const [verb, ...names] = words;
  const known = units(call);
  if (verb === undefined || verb === 'list-units') {
    call.out(`  UNIT${' '.repeat(28)}LOAD   ACTIVE SUB     DESCRIPTION\n`);
    for (const name of [...new Set(known)].sort())
      call.out(`  ${`${name}.service`.padEnd(31)} loaded active running ${name}\n`);
    return 0;
  }
  const bare = names.map((name) => name.replace(/\.service$/, ''));
  const verbs = [
    'start',
    'stop',
    'restart',
    'reload',
    'enable',
    'disable',
    'status',
    'is-active',
    'is-enabled',
    'daemon-reload',
    'mask',
    'unmask',
    'kill',
    'cat',
    'show',
    'try-restart',
    'list-unit-files',
    'is-system-running',
    'poweroff',
    'reboot',
    'halt',
    'get-default',
    'is-failed',
    'edit',
    'reset-failed',
    'list-timers',
    'list-sockets',
    'preset',
    'reload-or-restart',
  ];
  if (!verbs.includes(verb)) {
    call.err(`Unknown command verb ${verb}.\n`);
    return 1;
  }
  if (verb === 'daemon-reload' || verb === 'reset-failed') return 0;
  if (verb === 'is-system-running') {
    call.out('running\n');
    return 0;
  }
  if (['poweroff', 'reboot', 'halt'].includes(verb)) return 0;
  let status = 0;
  for (const name of bare) {
    const isKnown =
      known.includes(name) ||
      call.disk.stat(`/etc/systemd/system/${name}.service`).ok ||
      call.disk.stat(`/lib/systemd/system/${name}.service`).ok;
    if (verb === 'is-active') {
      call.out(known.includes(name) ? 'active\n' : 'inactive\n');
      if (!known.includes(name)) status = 3;
    } else if (verb === 'is-enabled') {
      if (isKnown) call.out('enabled\n');
      else {
        call.err(`Failed to get unit file state for ${name}.service: No such file or directory\n`);
        status = 1;
      }
    } else if (verb === 'status') {
      const process = call.persona.processes.find(
        (each) => each.name === name || (name === 'ssh' && each.name === 'sshd'),
      );
      if (!isKnown) {
        call.err(`Unit ${name}.service could not be found.\n`);
        status = 4;
      } else
        call.out(
          `\xe2\x97\x8f ${name}.service\n     Loaded: loaded (/lib/systemd/system/${name}.service; enabled; preset: enabled)\n     Active: active (running) since ${systemTime(call.persona.bootedAt + 9000)}; ${ago(call.now - call.persona.bootedAt)} ago\n   Main PID: ${process?.pid ?? 1} (${process?.name ?? name})\n`,
        );
    } else if (!isKnown) {
      if (verb === 'enable' || verb === 'disable' || verb === 'mask') {
        call.err(`Failed to ${verb} unit: Unit file ${name}.service does not exist.\n`);
        status = 1;
      } else {
        call.err(
          `Failed to ${verb} ${name}.service: Unit ${name}.service not ${verb === 'start' || verb === 'restart' ? 'found' : 'loaded'}.\n`,
        );
        status = 5;
      }
    }
  }
  return status;
}

function service(call: Call): number {
  const [name, verb] = call.args;
  if (name === undefined) {
    call.err('Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n');
    return 1;
  }
  if (name === '--status-all') {
    call.out(' [ + ]  cron\n [ + ]  dbus\n [ + ]  procps\n [ + ]  ssh\n [ + ]  udev\n');
    return 0;
  }
  if (!units(call).includes(name.replace(/^sshd$/, 'ssh'))) {
    call.err(`${name}: unrecognized service\n`);
    return 1;
  }
  void verb;
  return 0;
}

const base: Readonly<Record<string, string>> = {
  bash: '5.2.15-2+b7',
  coreutils: '9.1-1',
  curl: '7.88.1-10+deb12u12',
  wget: '1.21.3-1+deb12u1',
  sudo: '1.9.13p3-1+deb12u1',
  perl: '5.36.0-7+deb12u2',
  'python3.11': '3.11.2-6+deb12u5',
  openssl: '3.0.17-1~deb12u1',
  libc6: '2.36-9+deb12u10',
  busybox: '1:1.35.0-4+deb12u1+b1',
  systemd: '252.38-1~deb12u1',
  cron: '3.0pl1-162',
  'net-tools': '2.10-0.1',
  procps: '2:4.0.2-3',
  nano: '7.2-1+deb12u1',
  'vim-tiny': '2:9.0.1378-2+deb12u2',
};

function dpkg(call: Call): number {
  const all = { ...base, ...call.persona.packages };
  const [flag = '', ...names] = call.args;
  if (flag === '-l' || flag === '--list') {
    call.out(
      'Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n||/ Name           Version      Architecture Description\n+++-==============-============-============-=================================\n',
    );
    const chosen = Object.entries(all)
      .filter(([name]) => names.length === 0 || names.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, version] of chosen)
      call.out(`ii  ${name.padEnd(14)} ${version.padEnd(12)} amd64        ${name}\n`);
    for (const name of names) if (!(name in all)) call.err(`dpkg-query: no packages found matching ${name}\n`);
    return names.some((name) => !(name in all)) ? 1 : 0;
  }
  if (flag === '--print-architecture') {
    call.out('amd64\n');
    return 0;
  }
  if (flag === '-s' || flag === '--status') {
    for (const name of names) {
      if (name in all)
        call.out(`Package: ${name}\nStatus: install ok installed\nVersion: ${all[name as keyof typeof all]}\n`);
      else {
        call.err(
          `dpkg-query: package '${name}' is not installed and no information is available\nUse dpkg --info (= dpkg-deb --info) to examine archive files.\n`,
        );
        return 1;
      }
    }
    return 0;
  }
  if (flag === '-i' || flag === '-r' || flag === '-P') {
    if (call.actor.uid !== 0) return call.fail('error: requested operation requires superuser privilege', 2);
    return call.fail(`error: cannot access archive '${names[0] ?? ''}': No such file or directory`);
  }
  call.err(
    `dpkg: error: need an action option\n\nType dpkg --help for help about installing and deinstalling packages [*];\nUse 'apt' or 'aptitude' for user-friendly package management;\nType dpkg -Dhelp for a list of dpkg debug flag values;\nType dpkg --force-help for a list of forcing options;\nType dpkg-deb --help for help about manipulating *.deb files;\n\nOptions marked [*] produce a lot of output - pipe it through 'less' or 'more' !\n`,
  );
  return 2;
}

async function apt(call: Call): Promise<number> {
  const words = call.args.filter((arg) => !arg.startsWith('-'));
  const [verb, ...names] = words;
  const installed = { ...base, ...call.persona.packages };
  if (verb === undefined) {
    call.out('apt 2.6.1 (amd64)\nUsage: apt [options] command\n');
    return 0;
  }
  if (call.name.endsWith('apt'))
    call.err('\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n');
  if (
    ['install', 'update', 'upgrade', 'remove', 'purge', 'dist-upgrade', 'autoremove', 'full-upgrade'].includes(verb) &&
    call.actor.uid !== 0
  ) {
    call.err(
      'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n',
    );
    return 100;
  }
  if (verb === 'update') {
    for (const [at, line] of [
      'http://deb.debian.org/debian bookworm InRelease',
      'http://security.debian.org/debian-security bookworm-security InRelease',
      'http://deb.debian.org/debian bookworm-updates InRelease',
    ].entries()) {
      await call.machine.wait(150);
      call.out(
        `Err:${at + 1} ${line}\n  Temporary failure resolving '${line.includes('security') ? 'security' : 'deb'}.debian.org'\n`,
      );
    }
    call.out('Reading package lists...\n');
    call.err('W: Some index files failed to download. They have been ignored, or old ones used instead.\n');
    return 0;
  }
  if (verb === 'install') {
    call.out('Reading package lists...\nBuilding dependency tree...\nReading state information...\n');
    const missing = names.filter((name) => !(name in installed));
    for (const name of names)
      if (name in installed)
        call.out(`${name} is already the newest version (${installed[name as keyof typeof installed]}).\n`);
    for (const name of missing) call.err(`E: Unable to locate package ${name}\n`);
    if (missing.length === 0) call.out('0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n');
    return missing.length > 0 ? 100 : 0;
  }
  if (verb === 'list') {
    call.out('Listing...\n');
    for (const [name, version] of Object.entries(installed))
      call.out(`${name}/now ${version} amd64 [installed,local]\n`);
    return 0;
  }
  if (['upgrade', 'dist-upgrade', 'full-upgrade', 'autoremove', 'remove', 'purge'].includes(verb)) {
    call.out(
      'Reading package lists...\nBuilding dependency tree...\nReading state information...\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n',
    );
    return 0;
  }
  if (['clean', 'autoclean', 'search', 'show', 'policy'].includes(verb)) return 0;
  call.err(`E: Invalid operation ${verb}\n`);
  return 100;
}

const turnOff = (call: Call): number => {
  if (call.actor.uid !== 0) return call.fail('Access denied', 1);
  call.machine.kill();
  return 0;
};

export const serviceCommands: CommandTable = {
  crontab,
  systemctl,
  service,
  dpkg,
  'dpkg-query': dpkg,
  apt,
  'apt-get': apt,
  'apt-cache': apt,
  journalctl: (call) => call.say('out', '-- No entries --\n', 0),
  reboot: turnOff,
  poweroff: turnOff,
  halt: turnOff,
  shutdown: turnOff,
  init: turnOff,
  telinit: turnOff,
  'update-rc.d': () => 0,
  'invoke-rc.d': () => 0,
  runlevel: (call) => call.say('out', 'N 5\n', 0),
  timedatectl: (call) =>
    call.say(
      'out',
      `               Local time: ${systemTime(call.now)}\n           Universal time: ${systemTime(call.now)}\n                 RTC time: ${systemTime(call.now).slice(0, -4)}\n                Time zone: Etc/UTC (UTC, +0000)\nSystem clock synchronized: yes\n              NTP service: active\n          RTC in local TZ: no\n`,
    ),
};
