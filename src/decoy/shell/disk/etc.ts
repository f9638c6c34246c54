import { diceFrom } from '../../persona/random.ts';
import type { Persona } from '../../persona/types.ts';

/** Groups every Debian 12 has, `name:gid`. */
const systemGroups =
  'root:0 daemon:1 bin:2 sys:3 adm:4 tty:5 disk:6 lp:7 mail:8 news:9 uucp:10 man:12 proxy:13 kmem:15 dialout:20 fax:21 voice:22 cdrom:24 floppy:25 tape:26 sudo:27 audio:29 dip:30 www-data:33 backup:34 operator:37 list:38 irc:39 src:40 shadow:42 utmp:43 video:44 sasl:45 plugdev:46 staff:50 games:60 users:100 nogroup:65534 systemd-journal:999 systemd-network:998 crontab:101 _ssh:102 systemd-timesync:997 messagebus:107';

const desktopGroups = ['cdrom', 'floppy', 'audio', 'dip', 'video', 'plugdev', 'users'];

function passwdFile({ users }: Persona): string {
  return users
    .map((user) => `${user.name}:x:${user.uid}:${user.gid}:${user.gecos}:${user.home}:${user.shell}\n`)
    .join('');
}

function groupFile({ users }: Persona): string {
  const first = users.find(({ uid }) => uid === 1000)?.name ?? '';
  const rows = systemGroups.split(' ').map((each) => {
    const [name = '', gid] = each.split(':');
    const members =
      desktopGroups.includes(name) || (name === 'sudo' && users.some(({ isSudoer }) => isSudoer)) ? first : '';
    return `${name}:x:${gid}:${members}\n`;
  });
  const own = users
    .filter(({ uid, gid }) => gid >= 103 && gid < 60_000 && uid !== gid - 1_000_000)
    .filter(({ gid }) => (gid !== 107 && gid < 997 ? true : gid >= 1000))
    .map(({ name, gid }) => `${name}:x:${gid}:\n`);
  return [...rows, ...own].join('');
}

function shadowFile({ seed, users }: Persona): string {
  const dice = diceFrom(`shadow:${seed}`);
  const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const letters = (count: number): string =>
    Array.from({ length: count }, () => alphabet[dice.between(0, 63)]).join('');
  return users
    .map((user) => {
      const hash = user.isPerson
        ? `$y$j9T$${letters(22)}$${letters(43)}`
        : user.uid < 100 || user.uid === 65534
          ? '*'
          : '!';
      return `${user.name}:${hash}:${user.passwordDay}:0:99999:7:::\n`;
    })
    .join('');
}

const sshdConfig = `# See the sshd_config(5) manpage for details.

Include /etc/ssh/sshd_config.d/*.conf

#Port 22
#ListenAddress 0.0.0.0
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem	sftp	/usr/lib/openssh/sftp-server
`;

const crontab = `# /etc/crontab: jobs of the system

SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

17 *	* * *	root	cd / && run-parts --report /etc/cron.hourly
25 6	* * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
47 6	* * 7	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }
52 6	1 * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.monthly; }
`;

const profile = `if [ "$(id -u)" -eq 0 ]; then
  PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
else
  PATH="/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
fi
export PATH
`;

const osRelease = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`;

/** Contents of the files that visitors read. Files of the image that are not here are listed but empty. */
export function personalFiles(
  persona: Persona,
): Readonly<Record<string, { content: string; mode?: number; gid?: number; at?: number }>> {
  const { hostname, domain, disk, interfaces, resolvers } = persona;
  const own = persona.installedAt;
  const network = interfaces[0];
  return {
    '/usr/lib/os-release': { content: osRelease },
    '/etc/issue': { content: 'Debian GNU/Linux 12 \\n \\l\n\n' },
    '/etc/issue.net': { content: 'Debian GNU/Linux 12\n' },
    '/etc/debian_version': { content: `${persona.release}\n` },
    '/etc/shells': {
      content:
        '# /etc/shells: valid login shells\n/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/rbash\n/usr/bin/rbash\n/bin/dash\n/usr/bin/dash\n',
    },
    '/etc/passwd': { content: passwdFile(persona), at: own + 600_000 },
    '/etc/passwd-': { content: passwdFile(persona), at: own + 590_000 },
    '/etc/group': { content: groupFile(persona), at: own + 600_000 },
    '/etc/shadow': { content: shadowFile(persona), mode: 0o640, gid: 42, at: own + 700_000 },
    '/etc/hostname': { content: `${hostname}\n`, at: own },
    '/etc/hosts': {
      content: `127.0.0.1\tlocalhost\n127.0.1.1\t${hostname}.${domain}\t${hostname}\n\n# The following lines are desirable for IPv6 capable hosts\n::1     localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n`,
      at: own,
    },
    '/etc/resolv.conf': {
      content: `domain ${domain}\nsearch ${domain}\n${resolvers.map((each) => `nameserver ${each}\n`).join('')}`,
      at: persona.bootedAt + 9000,
    },
    '/etc/machine-id': { content: `${persona.machineId}\n`, mode: 0o444, at: own },
    '/etc/timezone': { content: 'Etc/UTC\n', at: own },
    '/etc/nsswitch.conf': {
      content:
        'passwd:         files systemd\ngroup:          files systemd\nshadow:         files systemd\ngshadow:        files systemd\n\nhosts:          files dns\nnetworks:       files\n\nprotocols:      db files\nservices:       db files\nethers:         db files\nrpc:            db files\n\nnetgroup:       nis\n',
    },
    '/etc/fstab': {
      content: `# <file system> <mount point>   <type>  <options>       <dump>  <pass>\nUUID=${disk.uuid} /               ext4    errors=remount-ro 0       1\n${persona.memory.swapKb > 0 ? '/swapfile none            swap    sw              0       0\n' : ''}`,
      at: own,
    },
    '/etc/network/interfaces': {
      content: `source /etc/network/interfaces.d/*\n\nauto lo\niface lo inet loopback\n\nallow-hotplug ${network?.name}\niface ${network?.name} inet static\n\taddress ${network?.address}/${network?.prefix}\n\tgateway ${network?.gateway}\n`,
      at: own,
    },
    '/etc/crontab': { content: crontab },
    '/etc/profile': { content: profile },
    '/etc/motd': { content: motd },
    '/etc/ssh/sshd_config': { content: sshdConfig, at: own + 900_000 },
    '/etc/sudoers': {
      content:
        'Defaults\tenv_reset\nDefaults\tmail_badpass\nDefaults\tsecure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\nDefaults\tuse_pty\n\nroot\tALL=(ALL:ALL) ALL\n\n%sudo\tALL=(ALL:ALL) ALL\n\n@includedir /etc/sudoers.d\n',
      mode: 0o440,
    },
    '/etc/apt/sources.list': {
      content:
        'deb http://deb.debian.org/debian/ bookworm main non-free-firmware\ndeb http://security.debian.org/debian-security bookworm-security main non-free-firmware\ndeb http://deb.debian.org/debian/ bookworm-updates main non-free-firmware\n',
      at: own,
    },
    '/etc/default/locale': { content: 'LANG=C.UTF-8\n', at: own },
    '/root/.bashrc': {
      content: "# export LS_OPTIONS='--color=auto'\n# alias ls='ls $LS_OPTIONS'\n",
      at: Date.UTC(2021, 3, 10, 20),
    },
    '/root/.profile': {
      content:
        'if [ "$BASH" ]; then\n  if [ -f ~/.bashrc ]; then\n    . ~/.bashrc\n  fi\nfi\n\nmesg n 2> /dev/null || true\n',
      at: Date.UTC(2019, 6, 9, 10),
    },
  };
}

/** The message of the day of Debian 12, as login prints it. */
export const motd = `
The programs included with the Debian GNU/Linux system are free software;
the exact distribution terms for each program are described in the
individual files in /usr/share/doc/*/copyright.

Debian GNU/Linux comes with ABSOLUTELY NO WARRANTY, to the extent
permitted by applicable law.
`;
