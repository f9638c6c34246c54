/**
 * Whether a text may hold something to mask: the cheap question that most lines answer with no. It asks the engine's
 * native search for the few characters that decide, and looks at their neighbours.
 */
export function mayHoldSecret(text: string): boolean {
  return (
    mayHoldNumber(text) ||
    mayHoldPair(text) ||
    any(text, '-', mayBeDashed) ||
    any(text, '_', mayJoinToken) ||
    any(text, 'I', mayJoinToken) ||
    any(text, 'J', endsEyJ) ||
    any(text, "'", mayBeSqlPassword) ||
    any(text, 'B', mayBeBearer) ||
    any(text, '>', mayEndTag)
  );
}

/** Whether a decoded copy of the text may hold what the text itself hides: percent-encoding, backslash escapes. */
export const mayHideSecret = (text: string): boolean => text.includes('\\') || text.includes('%');

function any(text: string, needle: string, fits: (text: string, at: number) => boolean): boolean {
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) if (fits(text, at)) return true;
  return false;
}

/**
 * What may stand before the '=' or ':' behind a secret's name: its last two letters, or a quote, a backslash or a space. Two
 * characters to one place by their low five bits; what else falls on it is told apart by {@link mayEndKey}.
 */
const endsKey = new Uint8Array(1024);
for (const pair of ['rd', 'wd', 'ss', 'ls', 'se', 'de', 'et', 'sn', 'en', 'on', 'ey', 'pw', 'vv', 'vc', 'al']) {
  endsKey[((pair.charCodeAt(0) & 31) << 5) | (pair.charCodeAt(1) & 31)] = 1;
}
for (const char of '"\'\\ \t') {
  for (let before = 0; before < 32; before += 1) endsKey[(before << 5) | (char.charCodeAt(0) & 31)] = 1;
}

function mayHoldPair(text: string): boolean {
  for (let at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) {
    if (endsKey[lastTwo(text, at)] === 1 && isKeyBefore(text, at)) return true;
  }
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    if (endsKey[lastTwo(text, at)] === 1 && isKeyBefore(text, at)) return true;
    if (text.charCodeAt(at + 1) === 47 && text.charCodeAt(at + 2) === 47) return true;
  }
  return false;
}

const lastTwo = (text: string, at: number): number =>
  ((text.charCodeAt(at - 2) & 31) << 5) | (text.charCodeAt(at - 1) & 31);

function isKeyBefore(text: string, at: number): boolean {
  if (at === 0) return false;
  let last = at - 1;
  for (let c = text.charCodeAt(last); last > 0 && at - last < 12; c = text.charCodeAt(last)) {
    if (c !== 32 && c !== 34 && c !== 39 && c !== 92 && c !== 9) break;
    last -= 1;
  }
  return mayEndKey(text, last) && !isFolder(text, at);
}

/** sudo's `PWD=/home/ann`, in every one of its lines. */
const isFolder = (text: string, at: number): boolean =>
  text.charCodeAt(at + 1) === 47 && text.charCodeAt(at - 1) === 68 && text.slice(at - 4, at) === ' PWD';

const endsEyJ = (text: string, at: number): boolean =>
  text.charCodeAt(at - 1) === 121 && text.charCodeAt(at - 2) === 101;

const mayEndTag = (text: string, at: number): boolean => mayEndKey(text, at - 1);

const mayBeBearer = (text: string, at: number): boolean =>
  (text.charCodeAt(at + 1) | 32) === 101 && (text.charCodeAt(at + 2) | 32) === 97;

/** `--`, `glpat-`, `sk-`, `xoxb-`. */
const mayBeDashed = (text: string, at: number): boolean => {
  const before = text.charCodeAt(at - 1);
  const second = text.charCodeAt(at - 2);
  return before === 45 || (before === 116 && second === 97) || (before === 107 && second === 115) || second === 120;
};

const mayBeSqlPassword = (text: string, at: number): boolean => {
  const before = text.charCodeAt(at - 1);
  const letter = (before === 32 || before === 40 ? text.charCodeAt(at - 2) : 0) | 32;
  return letter === 100 || letter === 121 || letter === 32 || letter === 40;
};

const inNumber = new Uint8Array(65_536);
for (const char of '0123456789 -') inNumber[char.charCodeAt(0)] = 1;

/** The shortest number looked for, `123-45-6789`. */
const shortestNumber = 11;

/** Whether digits, spaces and dashes run for long enough to be a number. Looks at every eleventh character only. */
function mayHoldNumber(text: string): boolean {
  const n = text.length;
  for (let i = shortestNumber - 1; i < n; i += shortestNumber) {
    if (inNumber[text.charCodeAt(i)] === 0) continue;
    let digits = 0;
    let start = i;
    for (; start >= 0 && i - start < shortestNumber; start -= 1) {
      const c = text.charCodeAt(start);
      if (inNumber[c] === 0) break;
      if (c >= 48) digits += 1;
    }
    for (; i + 1 < n; i += 1) {
      const c = text.charCodeAt(i + 1);
      if (inNumber[c] === 0) break;
      if (c >= 48) digits += 1;
    }
    if (digits >= 9 && i - start >= shortestNumber) return true;
  }
  return false;
}

/** The last letters that a secret's key can have; refuses `LEN=`, `USER=`, `12:34` without making a string. */
export function mayEndKey(text: string, last: number): boolean {
  const a = text.charCodeAt(last) | 32;
  const b = text.charCodeAt(last - 1) | 32;
  if (a === 100) return b === 114 || b === 119; // rd (password), wd (passwd, pwd)
  if (a === 115) return b === 115 || b === 108; // ss (pass), ls (credentials)
  if (a === 101) return b === 115 || b === 100; // se (passphrase), de (passcode)
  if (a === 116) return b === 101; // et (secret)
  if (a === 110) {
    const c = text.charCodeAt(last - 2) | 32;
    return b === 115 || (b === 101 && c === 107) || (b === 111 && c === 105); // sn (ssn), ken (token), ion
  }
  if (a === 121) return b === 101; // ey (key)
  if (a === 119) return b === 112; // pw
  if (a === 118 || a === 99) return b === 118; // vv, vc (cvv, cvc)
  return a === 108 && b === 97; // al (credential)
}

/** Whether the letters around a token prefix's deciding character fit. Refuses `ID=`, `in_use` without a look-up. */
export function mayJoinToken(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  const before = text.charCodeAt(at - 1);
  if (c === 73) {
    const next = text.charCodeAt(at + 1);
    return (next === 65 && (before === 75 || before === 83)) || (next === 122 && before === 65); // AKIA, ASIA, AIza
  }
  if (c === 122) return before === 73; // AIza
  const second = text.charCodeAt(at - 2);
  return second === 104 || second === 115 || second === 114 || second === 117 || second === 112 || before === 102;
}
