import type { Disk } from '../disk/disk.ts';

/** A line of `/etc/passwd`. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  gecos: string;
  home: string;
  shell: string;
}

/** The accounts that the disk's `/etc/passwd` has now. */
export function readAccounts(disk: Disk): Account[] {
  const content = disk.read('/etc/passwd');
  if (!content.ok) return [];
  return String.fromCharCode(...content.value.subarray(0, 60_000))
    .split('\n')
    .filter((line) => line.split(':').length >= 7)
    .map((line) => {
      const [name = '', , uid, gid, gecos = '', home = '', shell = ''] = line.split(':');
      return { name, uid: Number(uid), gid: Number(gid), gecos, home, shell };
    });
}
