import { createBait } from '../bait/bait.ts';
import type { DecoyHost } from '../contract.ts';
import { diceFrom } from '../persona/random.ts';
import type { Persona } from '../persona/types.ts';
import { createFileSystem } from '../shell/index.ts';
import type { FileSystem } from '../shell/types.ts';
import { memoryFiles } from './memory-files.ts';
import type { Account } from './session.ts';

const kinds = ['invoices', 'site', 'export', 'reports', 'images', 'update', 'archive', 'orders'] as const;
const customers = ['north', 'west', 'hq', 'store', 'web', 'plant', 'lab', 'press'] as const;
/** Of accounts that the imitated machine does not know but lets in. */
const strangerId = 1100;

const isAnonymous = (user: string): boolean => /^(?:anonymous|ftp)$/i.test(user);

/** Who a visitor is on the imitated machine. */
export function accountOf(persona: Persona, user: string): Account {
  if (isAnonymous(user)) return { uid: 1234, gid: 1234, home: '/' };
  const known = persona.users.find(({ name }) => name === user);
  if (known !== undefined) return { uid: known.uid, gid: known.gid, home: known.home };
  const name = user.replace(/[^\w.-]/g, '').replace(/^\.+/, '') || 'ftp';
  return { uid: strangerId, gid: strangerId, home: `/home/${name.slice(0, 32)}` };
}

/**
 * What a visitor finds: the disk that every decoy of this machine shows, and in the home files whose names, sizes and times are
 * the installation's. One of them holds bait. Anonymous visitors see a folder of their own and nothing above it, as vsftpd
 * has it.
 */
export function openArea(host: DecoyHost, persona: Persona, user: string): FileSystem {
  const account = accountOf(persona, user);
  const files = isAnonymous(user)
    ? memoryFiles(host.installedAt)
    : createFileSystem({ persona, now: () => host.now() });
  const dice = diceFrom(`ftp ${host.seed}`);
  const home = account.home === '/' ? '' : account.home;
  const own = (path: string): void => {
    files.chown(path, account.uid, account.gid);
  };
  if (home !== '' && files.mkdir(home, 0o755).ok) own(home);
  const put = (path: string, content: Uint8Array): void => {
    files.write(path, content);
    own(path);
    files.utimes(path, host.installedAt - dice.between(1, 300) * 86_400_000 - dice.between(0, 86_399) * 1000);
  };
  for (let count = dice.between(2, 4); count > 0; count -= 1) {
    const folder = `${home}/${dice.pick(kinds)}`;
    if (!files.mkdir(folder, 0o755).ok) continue;
    for (let more = dice.between(1, 5); more > 0; more -= 1) {
      const year = new Date(host.installedAt).getUTCFullYear() - dice.between(0, 2);
      const size = dice.between(900, 60_000);
      const name = `${dice.pick(customers)}-${year}${String(dice.between(1, 12)).padStart(2, '0')}.${dice.pick(['zip', 'tar.gz', 'csv.gz'])}`;
      put(
        `${folder}/${name}`,
        Uint8Array.from({ length: size }, () => dice.between(0, 255)),
      );
    }
    own(folder);
    files.utimes(folder, host.installedAt - dice.between(1, 300) * 86_400_000);
  }
  const bait = createBait(host.seed).accounts[3];
  put(
    `${home}/.netrc`,
    Buffer.from(`machine backup.${persona.domain}\nlogin ${bait?.user}\npassword ${bait?.password}\n`),
  );
  return files;
}
