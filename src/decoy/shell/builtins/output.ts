import { utf8 } from '../bytes.ts';
import type { Call, CommandTable } from '../run/call.ts';

const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Escapes of `echo -e` and `printf %b`; `isOver` after `\c`. */
function unescaped(text: string, zeroOctal = true, withBare = false): { text: string; isOver: boolean } {
  let result = '';
  for (let at = 0; at < text.length; at++) {
    const next = text[at] as string;
    if (next !== '\\') {
      result += next;
      continue;
    }
    const rest = text.slice(at + 1, at + 12);
    const octal = zeroOctal ? /^0([0-7]{0,3})/.exec(rest) : /^([0-7]{1,3})/.exec(rest);
    const bare = withBare ? /^([1-7][0-7]{0,2})/.exec(rest) : null;
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest);
    const wide = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest);
    if (rest[0] === 'c') return { text: result, isOver: true };
    if (hex || octal) {
      const match = (hex ?? octal) as RegExpExecArray;
      result += String.fromCharCode(Number.parseInt(match[1] || '0', hex ? 16 : 8) & 255);
      at += match[0].length;
    } else if (bare) {
      result += String.fromCharCode(Number.parseInt(bare[1] as string, 8) & 255);
      at += bare[0].length;
    } else if (wide) {
      const code = Number.parseInt((wide[1] ?? wide[2]) as string, 16);
      result += code <= 0x10ffff ? utf8(String.fromCodePoint(code)) : '';
      at += wide[0].length;
    } else if (rest[0] !== undefined && simple[rest[0]] !== undefined) {
      result += simple[rest[0]];
      at += 1;
    } else result += '\\';
  }
  return { text: result, isOver: false };
}

/** `echo` of bash, dash (escapes always), busybox and coreutils. `isProgram`: not the shell's own. */
export function echo(call: Call, isProgram = false): number {
  const args = [...call.args];
  const isDash = call.shell.dialect === 'dash' && !isProgram;
  let newline = true;
  let escapes = isDash;
  while (args[0] !== undefined && (isDash ? args[0] === '-n' : /^-[neE]+$/.test(args[0]))) {
    for (const letter of (args.shift() as string).slice(1)) {
      if (letter === 'n') newline = false;
      else escapes = letter === 'e';
    }
  }
  const text = args.join(' ');
  if (!escapes) {
    call.out(newline ? `${text}\n` : text);
    return 0;
  }
  const result = unescaped(text);
  call.out(newline && !result.isOver ? `${result.text}\n` : result.text);
  return 0;
}

interface Format {
  flags: string;
  width: string;
  precision: string | undefined;
  conversion: string;
}

/** `printf`, as builtin and as program. */
export async function printf(call: Call, isProgram = false): Promise<number> {
  const args = [...call.args];
  let variable: string | null = null;
  if (args[0] === '-v' && !isProgram) {
    variable = args[1] ?? '';
    args.splice(0, 2);
  }
  if (args[0] === '--') args.shift();
  const format = args.shift();
  if (format === undefined) {
    if (isProgram)
      return call.isBusybox
        ? call.fail('missing operand')
        : call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
    call.err('printf: usage: printf [-v var] format [arguments]\n');
    return 2;
  }
  let output = '';
  let status = 0;
  let used = 0;
  const next = (): string | undefined => {
    used += 1;
    return args.shift();
  };
  const wrong = (message: string): void => {
    status = 1;
    if (isProgram) call.err(`${call.name}: ${message}\n`);
    else call.shell.complain(`printf: ${message}`);
  };
  const number = (text: string | undefined): bigint => {
    if (text === undefined || text === '') return 0n;
    if (/^['"]/.test(text)) return BigInt(text.charCodeAt(1) || 0);
    const match = /^\s*[-+]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text);
    if (!match || match[0].length !== text.length)
      wrong(isProgram ? `'${text}': expected a numeric value` : `${text}: invalid number`);
    if (!match) return 0n;
    const digits = match[0].trim();
    const isNegative = digits.startsWith('-');
    const body = digits.replace(/^[-+]/, '');
    const value = /^0[0-7]+$/.test(body) ? BigInt(`0o${body.slice(1)}`) : BigInt(body);
    return isNegative ? -value : value;
  };
  do {
    used = 0;
    const before = args.length;
    for (let at = 0; at < format.length; at++) {
      const character = format[at] as string;
      if (character === '\\') {
        const piece = /^\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}|[\s\S]?)/.exec(format.slice(at)) as RegExpExecArray;
        if (piece[0] === '\\c') {
          call.out(output);
          return status;
        }
        output += piece[0] === '\\"' ? '"' : piece[0] === "\\'" ? "'" : unescaped(piece[0], false).text;
        at += piece[0].length - 1;
        continue;
      }
      if (character !== '%') {
        output += character;
        continue;
      }
      const directive = /^%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?[hlqjzL]*([a-zA-Z%])/.exec(
        format.slice(at).replace(/^(%[-+ #0']*\d*)(q)/, '$1q'),
      );
      if (!directive) {
        wrong(`\`${format.slice(at + 1, at + 2)}': invalid format character`);
        break;
      }
      at += directive[0].length - 1;
      const width = directive[2] === '*' ? String(number(next())) : (directive[2] ?? '');
      const precision = directive[3] === '*' ? String(number(next())) : directive[3];
      const item: Format = { flags: directive[1] ?? '', width, precision, conversion: directive[4] as string };
      if (item.conversion === '%') output += '%';
      else if (item.conversion === 'b') {
        const piece = unescaped(next() ?? '', true, true);
        output += pad(piece.text, item);
        if (piece.isOver) {
          call.out(output);
          return status;
        }
      } else if ('diouxX'.includes(item.conversion)) output += integer(number(next()), item);
      else if ('eEfFgG'.includes(item.conversion)) output += floating(next() ?? '0', item, wrong);
      else if (item.conversion === 'c') output += pad((next() ?? '').slice(0, 1), item);
      else if (item.conversion === 's') {
        const text = next() ?? '';
        output += pad(item.precision === undefined ? text : text.slice(0, Number(item.precision)), item);
      } else if (item.conversion === 'q') output += pad(shellQuoted(next() ?? ''), item);
      else {
        wrong(
          isProgram
            ? `%${item.conversion}: invalid conversion specification`
            : `\`${item.conversion}': invalid format character`,
        );
        call.out(output);
        return 1;
      }
    }
    await call.machine.step();
    if (before === args.length) break;
    if (output.length > call.machine.caps.valueBytes) call.machine.limit('valueBytes');
  } while (args.length > 0 && used > 0);
  if (variable !== null) call.shell.assign(variable, output);
  else call.out(output);
  return status;
}

export function shellQuoted(text: string): string {
  if (text === '') return "''";
  if (/[\0-\x1f\x7f]/.test(text))
    return `$'${text.replace(/['\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}'`;
  return text.replace(/[^A-Za-z0-9_@%+=:,./\x80-\xff-]/g, '\\$&');
}

function pad(text: string, { flags, width }: Format): string {
  const wanted = Math.min(Number(width || 0), 100_000);
  return flags.includes('-') || wanted < 0 ? text.padEnd(Math.abs(wanted)) : text.padStart(wanted);
}

/** One number in the form of a `printf` directive. */
export function integer(value: bigint, format: Format): string {
  const isSigned = format.conversion === 'd' || format.conversion === 'i';
  const unsigned = isSigned ? (value < 0n ? -value : value) : BigInt.asUintN(64, value);
  const base = format.conversion === 'o' ? 8 : format.conversion.toLowerCase() === 'x' ? 16 : 10;
  let digits = unsigned.toString(base);
  if (format.conversion === 'X') digits = digits.toUpperCase();
  if (format.precision !== undefined) digits = digits.padStart(Math.min(Number(format.precision || 0), 10_000), '0');
  const prefix = isSigned
    ? value < 0n
      ? '-'
      : format.flags.includes('+')
        ? '+'
        : format.flags.includes(' ')
          ? ' '
          : ''
    : format.flags.includes('#') && base === 16
      ? `0${format.conversion}`
      : format.flags.includes('#') && base === 8
        ? '0'
        : '';
  if (format.flags.includes('0') && !format.flags.includes('-') && format.precision === undefined)
    digits = digits.padStart(Math.min(Number(format.width || 0), 10_000) - prefix.length, '0');
  return pad(prefix + digits, format);
}

/** One floating number in the form of a `printf` directive. */
export function floating(text: string, format: Format, wrong: (message: string) => void): string {
  const value = Number(text.trim() === '' ? '0' : text);
  if (Number.isNaN(value) && !/nan/i.test(text)) wrong(`${text}: invalid number`);
  const precision = Math.min(format.precision === undefined ? 6 : Number(format.precision || 0), 60);
  const body = formatFloat(Number.isNaN(value) ? 0 : value, format.conversion, precision);
  const signed = value >= 0 && format.flags.includes('+') ? `+${body}` : body;
  return pad(
    format.flags.includes('0') && !format.flags.includes('-')
      ? signed.padStart(Number(format.width || 0), '0')
      : signed,
    format,
  );
}

/** `%f`, `%e` and `%g` as C writes them. */
export function formatFloat(value: number, conversion: string, precision: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : value < 0 ? '-inf' : 'nan';
  const exponent = (digits: number): string => value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
  const lower = conversion.toLowerCase();
  let text: string;
  if (lower === 'f') text = Math.abs(value) < 1e21 ? value.toFixed(precision) : BigInt(Math.round(value)).toString();
  else if (lower === 'e') text = exponent(precision);
  else {
    const significant = precision === 0 ? 1 : precision;
    const power = value === 0 ? 0 : Number(value.toExponential(significant - 1).split('e')[1]);
    text =
      power < -4 || power >= significant
        ? exponent(significant - 1).replace(/\.?0+e/, 'e')
        : value.toFixed(Math.max(0, significant - 1 - power));
    if (text.includes('.') && !text.includes('e')) text = text.replace(/\.?0+$/, '');
  }
  return conversion === lower ? text : text.toUpperCase();
}

export const outputBuiltins: CommandTable = { echo, printf: (call) => printf(call) };
