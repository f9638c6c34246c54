import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * How many datagrams the kernel threw away because the receive buffers of this process's UDP sockets on `port` were
 * full, or null where the system does not say (no /proc). Linux: the last column of /proc/net/udp and udp6.
 */
export async function kernelDrops(port: number, proc = '/proc'): Promise<number | null> {
  const tables = await Promise.all(
    ['udp', 'udp6'].map((name) => readFile(`${proc}/net/${name}`, 'latin1').catch(() => '')),
  );
  const sockets = tables.flatMap((table) => socketsOnPort(table, port));
  if (sockets.length === 0) return null;
  // Another program may share the port (SO_REUSEPORT): only sockets that this process holds count.
  const own = sockets.length === 1 ? null : await ownSocketInodes(proc);
  const ours = own === null ? sockets : sockets.filter((socket) => own.has(socket.inode));
  return ours.length === 0 ? null : ours.reduce((sum, socket) => sum + socket.drops, 0);
}

/**
 * Rows of /proc/net/udp whose local port matches. Columns: `sl local rem st tx:rx tr:when retrnsmt uid timeout inode ref
 * pointer drops`; `local` is `ADDRESS:PORT` in hexadecimal.
 */
export function socketsOnPort(table: string, port: number): { inode: string; drops: number }[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const found: { inode: string; drops: number }[] = [];
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/);
    const inode = columns[9];
    const drops = Number(columns[12]);
    if (columns[1]?.endsWith(suffix) && inode !== undefined && Number.isInteger(drops)) found.push({ inode, drops });
  }
  return found;
}

async function ownSocketInodes(proc: string): Promise<Set<string>> {
  const inodes = new Set<string>();
  const entries = await readdir(`${proc}/self/fd`).catch(() => []);
  for (const entry of entries) {
    const target = await readlink(`${proc}/self/fd/${entry}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}
