/** What a key's name says about its value. */
export type SecretKind = 'password' | 'secret' | 'api_key' | 'token' | 'ssn' | 'authorization';

/** A name such as `password` may stand anywhere at the end of a key: `PGPASSWORD`, `userPassword`, `db.password`. */
const anyPrefix: readonly (readonly [suffix: string, kind: SecretKind])[] = [
  ['password', 'password'],
  ['passphrase', 'password'],
  ['passcode', 'password'],
  ['secret', 'secret'],
  ['secretaccesskey', 'secret'],
  ['secretkey', 'secret'],
  ['privatekey', 'secret'],
  ['signingkey', 'secret'],
  ['accountkey', 'secret'],
  ['secretkeybase', 'secret'],
  ['encryptionkey', 'secret'],
  ['token', 'token'],
  ['apikey', 'api_key'],
  ['accesskey', 'api_key'],
  ['authkey', 'api_key'],
  ['subscriptionkey', 'api_key'],
  ['authorization', 'authorization'],
];

/** Short names count only as a whole word: `pwd`, `db_pass`, `dbPass`; not `bypass`, not the program `gpasswd`. */
const wholeWord: readonly (readonly [suffix: string, kind: SecretKind])[] = [
  ['passwd', 'password'],
  ['pwd', 'password'],
  ['pass', 'password'],
  ['pw', 'password'],
  ['credential', 'secret'],
  ['credentials', 'secret'],
  ['cvv', 'secret'],
  ['cvc', 'secret'],
  ['ssn', 'ssn'],
];

const maxKeyLength = 64;

/** The kind of secret that a key of this name holds, or null. `PWD` and `OLDPWD` are the shell's folders, see `scan.ts`. */
export function secretKind(key: string): SecretKind | null {
  if (key.length < 2 || key.length > maxKeyLength) return null;
  const lower = key.toLowerCase();
  const plain = lower.replace(/[_.-]/g, '');
  for (const [suffix, kind] of anyPrefix) if (plain.endsWith(suffix)) return kind;
  for (const [word, kind] of wholeWord) {
    if (!lower.endsWith(word)) continue;
    const at = key.length - word.length;
    if (at === 0) return kind;
    const before = key.charCodeAt(at - 1);
    const separated = before === 95 || before === 45 || before === 46; // _ - .
    const camel = before >= 97 && before <= 122 && key.charCodeAt(at) < 97;
    if (separated || camel) return kind;
  }
  return null;
}

/**
 * Values that say something about a password instead of being one: `(using password: YES)`, `password: user unknown`.
 * Compared in lower case.
 */
const saysNothing = new Set(
  (
    'yes no true false null nil none undefined empty hidden masked unset set required optional disabled enabled ' +
    'failed failure failures invalid incorrect wrong expired changed change mismatch authentication auth user users for ' +
    'from not is was are has have be rejected accepted refused denied check checking must the a an too unknown missing ' +
    'error password passwd login account pam success successful successfully updated reset unexpected attempt attempts'
  ).split(' '),
);

export const isStatement = (value: string): boolean => saysNothing.has(value.toLowerCase());
