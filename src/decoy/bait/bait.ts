import { diceFrom } from '../persona/random.ts';

/** An account that exists nowhere: it stands in a file that only an intruder reads. */
export interface BaitAccount {
  user: string;
  password: string;
  /** Where it lies: `.env`, `wp-config.php`, … */
  place: string;
}

/** What an installation lays out. Whoever uses it has been where nobody should be. */
export interface Bait {
  accounts: readonly BaitAccount[];
  /** Paths that nothing links to but `robots.txt` and a file of the decoy's. */
  paths: readonly { path: string; place: string }[];
}

const vowels = 'aeiou';
const consonants = 'bdfgklmnprstvz';

/** The bait of an installation: follows from its seed alone, so that the decoys and the pipeline agree about it. */
export function createBait(seed: string): Bait {
  const dice = diceFrom(`bait ${seed}`);
  const letters = (text: string): string => text[dice.between(0, text.length - 1)] as string;
  const word = (syllables: number): string =>
    Array.from({ length: syllables }, () => letters(consonants) + letters(vowels)).join('');
  const password = (): string => {
    const all = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789!#%+-_';
    return Array.from({ length: dice.between(14, 20) }, () => letters(all)).join('');
  };
  // Long enough that no real account is called so by chance.
  const name = (kind: string): string => `${kind}_${word(2)}${dice.between(10, 99)}`;
  return {
    accounts: [
      { user: name(dice.pick(['app', 'web', 'prod'])), password: password(), place: '.env' },
      { user: name(dice.pick(['wp', 'blog'])), password: password(), place: 'wp-config.php.bak' },
      { user: name(dice.pick(['deploy', 'ci', 'build'])), password: password(), place: '.git/config' },
      { user: name(dice.pick(['backup', 'dump', 'sync'])), password: password(), place: 'backup.sql' },
    ],
    paths: [
      { path: `/${dice.pick(['intern', 'staging', 'old'])}-${word(2)}${dice.between(10, 99)}/`, place: 'robots.txt' },
      { path: `/${dice.pick(['export', 'dump', 'archive'])}-${word(3)}.zip`, place: 'backup.sql' },
    ],
  };
}
