/**
 * Asks a real Debian 12 what it answers to the list of command lines in `test/decoy/commands.txt`, and keeps that as
 * `test/decoy/expected.json`. Run by hand, as root, when the list grows:
 *
 *   node tools/with-node.js node tools/decoy-oracle.ts --root /var/tmp/bookworm
 *
 * The root is made by `debootstrap` where it is missing. Each group of the list runs on a throwaway overlay of it, in
 * namespaces of its own for mounts, processes, network (none), host name and IPC, without the capabilities that reach
 * the machine. Only our own list runs there; what visitors type never runs in any real shell.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createPersona } from '../src/decoy/persona/persona.ts';
import { createFileSystem } from '../src/decoy/shell/index.ts';
import { type ExpectedOutput, listedCommands, oraclePersona } from '../test/decoy/command-list.ts';

const { values } = parseArgs({
  options: { root: { type: 'string', default: '/var/tmp/phosor-bookworm' }, group: { type: 'string' } },
});

/** What an administrator has on a small server besides the base system. */
const packages =
  'procps,net-tools,iproute2,openssh-server,cron,systemd,systemd-sysv,wget,curl,busybox,nano,vim-tiny,less,perl,' +
  'python3-minimal,sudo,passwd,iputils-ping,cpio,kmod,xxd,bsdmainutils,file,locales';

/** Files of the persona that the real root gets as well, so that most output can be compared byte for byte. */
const personal = [
  '/etc/passwd',
  '/etc/group',
  '/etc/shadow',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/machine-id',
  '/etc/debian_version',
  '/etc/nsswitch.conf',
];

/** Our own text: no listed command is part of it. $1 root, $2 work, $3 host name. */
const batch = `
set -eu
mount --make-rprivate /
mkdir -p "$2/m"; mount -t tmpfs tmpfs "$2/m"
mkdir "$2/m/upper" "$2/m/work" "$2/m/root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/m/upper,workdir=$2/m/work" "$2/m/root"
R="$2/m/root"
cp -a "$2/persona/." "$R/"; chown -R 0:0 "$R/root"; rm -rf "$R/root/.ssh"
chown 0:42 "$R/etc/shadow"; chmod 640 "$R/etc/shadow"; ln -s boot/vmlinuz "$R/vmlinuz"; ln -s boot/initrd.img "$R/initrd.img"
mount -t proc proc "$R/proc"; mount -t sysfs sysfs "$R/sys"
mount -t tmpfs -o mode=755 tmpfs "$R/dev"; mount -t tmpfs -o mode=755 tmpfs "$R/run"
mkdir "$R/dev/shm" "$R/dev/pts" "$R/run/lock" "$R/run/sshd"; chmod 1777 "$R/dev/shm"
mknod -m 666 "$R/dev/null" c 1 3; mknod -m 666 "$R/dev/zero" c 1 5; mknod -m 666 "$R/dev/full" c 1 7
mknod -m 666 "$R/dev/random" c 1 8; mknod -m 666 "$R/dev/urandom" c 1 9; mknod -m 666 "$R/dev/tty" c 5 0
ln -s /proc/self/fd "$R/dev/fd"; ln -s /proc/self/fd/0 "$R/dev/stdin"; ln -s /proc/self/fd/1 "$R/dev/stdout"
ln -s /proc/self/fd/2 "$R/dev/stderr"
hostname "$3"; ip link set lo up; ulimit -n 1024
for f in "$2"/in/*; do
  n=$(basename "$f"); set +e
  setpriv --bounding-set=-sys_module,-sys_rawio,-sys_boot,-sys_time,-sys_ptrace,-mknod \\
    chroot "$R" /usr/bin/env -i -C /root SHELL=/bin/bash PWD=/root LOGNAME=root HOME=/root LANG=C.UTF-8 \\
    'SSH_CLIENT=192.0.2.77 40022 22' 'SSH_CONNECTION=192.0.2.77 40022 192.0.2.5 22' USER=root SHLVL=0 \\
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
    timeout -k 1 15 bash -c "$(cat "$f")" </dev/null >"$2/out/$n.out" 2>"$2/out/$n.err"
  echo $? >"$2/out/$n.code"; set -e
done
`;

if (process.getuid?.() !== 0) throw new Error('The oracle needs root: it makes a root file system and namespaces.');
if (!existsSync(join(values.root, 'etc/debian_version'))) {
  const made = spawnSync('debootstrap', ['--variant=minbase', `--include=${packages}`, 'bookworm', values.root], {
    stdio: 'inherit',
  });
  if (made.status !== 0) throw new Error('debootstrap failed: install the package debootstrap and look above.');
}

const persona = createPersona(oraclePersona.seed, oraclePersona.madeAt);
const listed = listedCommands();
const expected: ExpectedOutput[] = [];
for (const group of new Set(listed.map((each) => each.group))) {
  if (values.group !== undefined && values.group !== group) continue;
  const commands = listed.filter((each) => each.group === group);
  const work = mkdtempSync(join(tmpdir(), 'decoy-oracle-'));
  for (const folder of ['in', 'out', 'persona']) mkdirSync(join(work, folder));
  const disk = createFileSystem({ persona, now: () => oraclePersona.madeAt });
  for (const path of personal) {
    const content = disk.read(path);
    if (!content.ok) throw new Error(`The persona has no ${path}.`);
    mkdirSync(dirname(join(work, 'persona', path)), { recursive: true });
    writeFileSync(join(work, 'persona', path), content.value);
  }
  for (const { home, uid } of persona.users)
    if (uid >= 1000 && uid < 60_000) mkdirSync(join(work, 'persona', home), { recursive: true });
  const name = (index: number): string => String(index).padStart(4, '0');
  for (const [index, { command }] of commands.entries()) writeFileSync(join(work, 'in', name(index)), command);
  const ran = spawnSync(
    'unshare',
    [
      '--mount',
      '--uts',
      '--ipc',
      '--net',
      '--pid',
      '--fork',
      '/bin/sh',
      '-c',
      batch,
      'oracle',
      values.root,
      work,
      persona.hostname,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'], timeout: 600_000, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
  );
  if (ran.status !== 0) throw new Error(`The group ${group} ended with ${ran.status ?? ran.signal}.`);
  for (const [index, each] of commands.entries()) {
    const part = (suffix: string): string => readFileSync(join(work, 'out', `${name(index)}.${suffix}`), 'latin1');
    expected.push({ ...each, stdout: part('out'), stderr: part('err'), exitCode: Number(part('code')) });
  }
  rmSync(work, { recursive: true });
  console.log(`${group}: ${commands.length}`);
}
const target = join(import.meta.dirname, '../test/decoy/expected.json');
if (values.group === undefined) writeFileSync(target, `${JSON.stringify(expected, null, 1)}\n`);
else console.log(JSON.stringify(expected, null, 1));
