import { createBait } from '../bait/bait.ts';
import type { DecoyHost } from '../contract.ts';
import { diceFrom } from '../persona/random.ts';
import type { FileSystem } from '../shell/types.ts';
import { memoryFiles } from './memory-files.ts';
import type { Account } from './session.ts';

const kinds = ['invoices', 'site', 'export', 'reports', 'images', 'update', 'archive', 'orders'] as const;
const customers = ['north', 'west', 'hq', 'store', 'web', 'plant', 'lab', 'press'] as const;

/** What a visitor finds: a home with files whose names, sizes and times are the installation's. One of them holds bait. */
export function openArea(host: DecoyHost, account: Account): FileSystem {
  const files = memoryFiles(host.installedAt);
  const dice = diceFrom(`ftp ${host.seed}`);
  const parts = account.home.split('/').filter((part) => part !== '');
  for (let depth = 1; depth <= parts.length; depth += 1) files.mkdir(`/${parts.slice(0, depth).join('/')}`, 0o755);
  const put = (path: string, content: Uint8Array): void => {
    files.write(path, content);
    files.utimes(path, host.installedAt - dice.between(1, 300) * 86_400_000 - dice.between(0, 86_399) * 1000);
  };
  for (let count = dice.between(2, 4); count > 0; count -= 1) {
    const folder = `${account.home}/${dice.pick(kinds)}`;
    if (!files.mkdir(folder).ok) continue;
    for (let more = dice.between(1, 5); more > 0; more -= 1) {
      const year = new Date(host.installedAt).getUTCFullYear() - dice.between(0, 2);
      const size = dice.between(900, 60_000);
      const name = `${dice.pick(customers)}-${year}${String(dice.between(1, 12)).padStart(2, '0')}.${dice.pick(['zip', 'tar.gz', 'csv.gz'])}`;
      put(
        `${folder}/${name}`,
        Uint8Array.from({ length: size }, () => dice.between(0, 255)),
      );
    }
  }
  const { user, password } = createBait(host.seed).accounts[3] ?? { user: '', password: '' };
  put(`${account.home}/.netrc`, Buffer.from(`machine backup.internal\nlogin ${user}\npassword ${password}\n`));
  return files;
}
