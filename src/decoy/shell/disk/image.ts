import type { Persona } from '../../persona/types.ts';
import { utf8 } from '../bytes.ts';
import { Disk } from './disk.ts';
import { personalFiles } from './etc.ts';
import listing from './image.json' with { type: 'json' };
import type { Node, Owner } from './node.ts';
import { procFolder } from './proc.ts';

const owner: Owner = {};
const images = new WeakMap<Persona, { root: Node; nextInode: number }>();
const kinds: Readonly<Record<string, Node['kind']>> = { '10': 'file', '4': 'directory', '12': 'symlink' };

/** Zeros, as much as one read of a pipe line may bring. */
const zeros = '\0'.repeat(1 << 20);

/** The tree of a persona's disk, made once. */
function imageOf(persona: Persona): { root: Node; nextInode: number } {
  const known = images.get(persona);
  if (known) return known;
  let inode = 2;
  const fresh = (part: Partial<Node> & Pick<Node, 'kind' | 'mode'>): Node => ({
    uid: 0,
    gid: 0,
    modifiedAt: persona.installedAt,
    inode: inode++,
    owner,
    ...(part.kind === 'directory' ? { children: new Map<string, Node>() } : {}),
    ...part,
  });
  const root = fresh({ kind: 'directory', mode: 0o755 });
  const folder = (path: string): Node => {
    let node = root;
    for (const part of path.split('/').filter(Boolean)) {
      let child = node.children?.get(part);
      if (child?.kind === 'symlink') child = folder(`/${child.target}`);
      if (!child) {
        child = fresh({ kind: 'directory', mode: 0o755 });
        node.children?.set(part, child);
      }
      node = child;
    }
    return node;
  };
  const put = (path: string, node: Node): void => {
    const at = path.lastIndexOf('/');
    folder(path.slice(0, at)).children?.set(path.slice(at + 1), node);
  };
  for (const [path, entries] of Object.entries(listing as Record<string, string[]>)) {
    const parent = folder(path);
    const isPrograms = /^\/usr\/s?bin$/.test(path);
    for (const entry of entries) {
      const [name = '', rights = '', size = '0', time = '0', target] = entry.split('|');
      const [mode = '', gid = '0'] = rights.split(':');
      const kind = kinds[mode.slice(0, -4)] ?? 'file';
      const at = Number(time) === 0 ? persona.installedAt : Math.min(Number(time) * 1000, persona.installedAt);
      parent.children?.set(
        name,
        fresh({
          kind,
          mode: Number.parseInt(mode.slice(-4), 8),
          gid: Number(gid),
          modifiedAt: at,
          ...(kind === 'symlink' ? { target: target ?? '' } : {}),
          ...(kind === 'file' && isPrograms ? { program: { name, size: Number(size) } } : {}),
        }),
      );
    }
  }
  for (const [path, { content, mode, gid, at }] of Object.entries(personalFiles(persona)))
    put(
      path,
      fresh({
        kind: 'file',
        mode: mode ?? 0o644,
        gid: gid ?? 0,
        modifiedAt: at ?? Date.UTC(2023, 2, 2),
        content: utf8(content),
      }),
    );
  for (const [path, mode, gid] of [
    ['/root', 0o700, 0],
    ['/tmp', 0o1777, 0],
    ['/run/lock', 0o1777, 0],
    ['/run/sshd', 0o755, 0],
    ['/run/user', 0o755, 0],
    ['/dev/shm', 0o1777, 0],
    ['/dev/pts', 0o755, 0],
    ['/dev/mqueue', 0o1777, 0],
    ['/var/spool/cron/crontabs', 0o1730, 101],
    ['/boot/grub', 0o755, 0],
    ['/sys/class/net', 0o755, 0],
    ['/root/.ssh', 0o700, 0],
  ] as const)
    Object.assign(folder(path), { mode, gid, modifiedAt: persona.bootedAt });
  folder('/root').children?.delete('.ssh');
  for (const user of persona.users.filter(({ uid }) => uid >= 1000 && uid < 60_000)) {
    Object.assign(folder(user.home), { uid: user.uid, gid: user.gid, mode: 0o700 });
    for (const name of ['.bashrc', '.profile', '.bash_logout'])
      put(
        `${user.home}/${name}`,
        fresh({
          kind: 'file',
          mode: 0o644,
          uid: user.uid,
          gid: user.gid,
          content: name === '.bashrc' ? "alias ls='ls --color=auto'\n" : '',
        }),
      );
  }
  const release = persona.kernel.release;
  for (const [name, size] of [
    ['vmlinuz', 8_160_000],
    ['initrd.img', 31_000_000],
    ['System.map', 83],
    ['config', 259_000],
  ] as const)
    put(
      `/boot/${name}-${release}`,
      fresh({
        kind: 'file',
        mode: name === 'System.map' ? 0o600 : 0o644,
        program: { name, size: size + (persona.disk.inodesUsed % 997) },
        modifiedAt: persona.bootedAt - 86_400_000,
      }),
    );
  for (const name of ['vmlinuz', 'initrd.img'])
    put(`/${name}`, fresh({ kind: 'symlink', mode: 0o777, target: `boot/${name}-${release}` }));
  for (const name of ['wtmp', 'btmp', 'lastlog', 'dpkg.log', 'alternatives.log'])
    put(
      `/var/log/${name}`,
      fresh({ kind: 'file', mode: 0o664, gid: 43, content: '', modifiedAt: persona.bootedAt + 60_000 }),
    );
  devices(put, fresh, persona);
  root.children?.set('proc', procFolder(persona.bootedAt));
  const sys = folder('/sys');
  for (const each of ['lo', ...persona.interfaces.map(({ name }) => name)]) {
    const mac = persona.interfaces.find(({ name }) => name === each)?.mac ?? '00:00:00:00:00:00';
    for (const [name, content] of [
      ['address', mac],
      ['operstate', each === 'lo' ? 'unknown' : 'up'],
      ['mtu', each === 'lo' ? '65536' : '1500'],
    ])
      put(
        `/sys/class/net/${each}/${name}`,
        fresh({ kind: 'file', mode: 0o444, content: `${content}\n`, onWrite: 'EIO' }),
      );
  }
  for (const [path, content] of Object.entries({
    '/sys/class/dmi/id/product_name': 'Standard PC (Q35 + ICH9, 2009)',
    '/sys/class/dmi/id/sys_vendor': 'QEMU',
    '/sys/devices/system/cpu/online': persona.cpu.cores > 1 ? `0-${persona.cpu.cores - 1}` : '0',
    '/sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never',
  }))
    put(path, fresh({ kind: 'file', mode: 0o444, content: `${content}\n` }));
  freeze(sys);
  const made = { root, nextInode: inode + 20_000 + (persona.disk.inodesUsed % 10_000) };
  images.set(persona, made);
  return made;
}

/** Folders of `/sys` take no new entries. */
function freeze(node: Node): void {
  const { children } = node;
  if (!children) return;
  node.entries = () => children;
  node.onWrite = 'EPERM';
  for (const child of children.values()) freeze(child);
}

function devices(
  put: (path: string, node: Node) => void,
  fresh: (part: Partial<Node> & Pick<Node, 'kind' | 'mode'>) => Node,
  persona: Persona,
): void {
  const character = (name: string, mode: number, device: string, part: Partial<Node>): void =>
    put(`/dev/${name}`, fresh({ kind: 'character', mode, device, modifiedAt: persona.bootedAt, ...part }));
  let noise = persona.bootedAt % 2_147_483_647;
  const random = (): string => {
    let bytes = '';
    for (let at = 0; at < 262_144; at++) {
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
      bytes += String.fromCharCode((noise >>> 16) & 0xff);
    }
    return bytes;
  };
  character('null', 0o666, '1, 3', { content: '', onWrite: 'swallow' });
  character('zero', 0o666, '1, 5', { dynamic: () => zeros, onWrite: 'swallow' });
  character('full', 0o666, '1, 7', { dynamic: () => zeros, onWrite: 'ENOSPC' });
  character('random', 0o666, '1, 8', { dynamic: random, onWrite: 'swallow' });
  character('urandom', 0o666, '1, 9', { dynamic: random, onWrite: 'swallow' });
  character('tty', 0o666, '5, 0', { content: '', onWrite: 'ENXIO', gid: 5 });
  character('console', 0o600, '5, 1', { content: '', onWrite: 'swallow' });
  character('ptmx', 0o666, '5, 2', { content: '', onWrite: 'EIO', gid: 5 });
  character('kmsg', 0o644, '1, 11', { content: '', onWrite: 'swallow' });
  character('tty1', 0o620, '4, 1', { content: '', onWrite: 'swallow', gid: 5 });
  character('watchdog', 0o600, '10, 130', { content: '', onWrite: 'swallow' });
  for (const name of [persona.disk.device, persona.disk.partition])
    put(
      `/dev/${name}`,
      fresh({
        kind: 'block',
        mode: 0o660,
        gid: 6,
        device: '254, 0',
        content: '',
        onWrite: 'swallow',
        modifiedAt: persona.bootedAt,
      }),
    );
  for (const [name, target] of [
    ['fd', '/proc/self/fd'],
    ['stdin', '/proc/self/fd/0'],
    ['stdout', '/proc/self/fd/1'],
    ['stderr', '/proc/self/fd/2'],
  ] as const)
    put(`/dev/${name}`, fresh({ kind: 'symlink', mode: 0o777, target, modifiedAt: persona.bootedAt }));
}

/** A fresh view on the persona's disk; cheap, one per visitor. */
export function createFileSystem(options: { persona: Persona; now: () => number; fileBytes?: number }): Disk {
  const { persona, now } = options;
  const image = imageOf(persona);
  return new Disk({
    persona,
    now,
    image: image.root,
    nextInode: image.nextInode,
    fileBytes: options.fileBytes ?? 32 << 20,
    groups: (uid) => (persona.users.find((user) => user.uid === uid)?.isSudoer ? [27] : []),
  });
}
