import type { Call, CommandTable } from '../run/call.ts';
import { newVariable } from '../run/variables.ts';
import { shellQuoted } from './output.ts';
import { mapfile, read } from './read.ts';

export const isName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);

function cd(call: Call): number {
  const { shell, disk } = call;
  const args = call.args.filter((arg) => !/^-[LPe@]+$/.test(arg) && arg !== '--');
  if (args.length > 1 && shell.dialect === 'bash') return call.complain('too many arguments');
  let target = args[0] ?? shell.variables.get('HOME')?.value;
  if (target === undefined) return call.complain('HOME not set');
  const isBack = target === '-';
  if (isBack) {
    const old = shell.variables.get('OLDPWD')?.value;
    if (old === undefined) return call.complain('OLDPWD not set');
    target = old;
  }
  if (target === '') return 0;
  const joined = target.startsWith('/') ? target : `${shell.cwd}/${target}`;
  const stat = disk.stat(joined, shell.actor);
  const problem = !stat.ok
    ? stat.error.message
    : stat.value.kind !== 'directory'
      ? 'Not a directory'
      : disk.may(joined, 1, shell.actor)
        ? null
        : 'Permission denied';
  if (problem !== null) {
    if (shell.dialect === 'dash') return call.complain(`can't cd to ${target}`, 2);
    if (shell.dialect === 'ash') return call.complain(`can't cd to ${target}: ${problem}`);
    return call.complain(`${target}: ${problem}`);
  }
  const parts: string[] = [];
  for (const part of joined.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  const logical = `/${parts.join('/')}`;
  const physical = disk.realpath(joined);
  shell.variables.set('OLDPWD', shell.cwd).isExported = true;
  shell.cwd = call.args.includes('-P') && physical.ok ? physical.value : logical;
  shell.variables.set('PWD', shell.cwd).isExported = true;
  if (isBack) call.out(`${shell.cwd}\n`);
  return 0;
}

function pwd(call: Call): number {
  const physical = call.disk.realpath(call.shell.cwd);
  call.out(`${call.args.includes('-P') && physical.ok ? physical.value : call.shell.cwd}\n`);
  return 0;
}

/** `export`, `readonly`, `declare` and `local`. */
async function declare(call: Call): Promise<number> {
  const { shell } = call;
  const { name } = call;
  const flags = call.args.filter((arg) => /^[-+][a-zA-Z]+$/.test(arg));
  const has = (letter: string): boolean => flags.some((flag) => flag.startsWith('-') && flag.includes(letter));
  const words = call.args.filter((arg) => !/^[-+][a-zA-Z]+$/.test(arg));
  if (name === 'local' && !shell.variables.isInFunction) return call.complain('can only be used in a function');
  if (has('f') || has('F')) return 0;
  if (words.length === 0) {
    for (const each of shell.variables.names()) {
      const variable = shell.variables.get(each);
      if (!variable || (name === 'export' && !variable.isExported) || (name === 'readonly' && !variable.isReadonly))
        continue;
      const letters =
        `${variable.isInteger ? 'i' : ''}${variable.isReadonly ? 'r' : ''}${variable.isExported ? 'x' : ''}` || '-';
      call.out(
        shell.dialect === 'bash'
          ? `declare -${letters} ${each}="${variable.value.replace(/["\\$`]/g, '\\$&')}"\n`
          : `${name} ${each}='${variable.value}'\n`,
      );
    }
    return 0;
  }
  let status = 0;
  for (const word of words) {
    const match = /^([^=+]*)(\+?)(?:=([\s\S]*))?$/.exec(word);
    const variable = match?.[1] ?? '';
    if (!isName(variable)) {
      status = call.complain(`\`${word}': not a valid identifier`);
      continue;
    }
    if (has('p')) {
      const known = shell.variables.get(variable);
      if (!known) status = call.complain(`${variable}: not found`);
      else call.out(`declare -${known.isExported ? 'x' : '-'} ${variable}="${known.value}"\n`);
      continue;
    }
    if (name === 'local' || ((name === 'declare' || name === 'typeset') && shell.variables.isInFunction && !has('g')))
      shell.variables.local(variable);
    const record = shell.variables.get(variable) ?? newVariable('');
    if (!shell.variables.get(variable) && (match?.[3] !== undefined || name !== 'export'))
      shell.variables.put(variable, record);
    if (has('i')) record.isInteger = true;
    if (has('A')) Object.assign(record, { isAssociative: true, array: record.array ?? new Map() });
    if (has('a')) record.array ??= new Map();
    if (match?.[3] !== undefined && !shell.assign(variable, match[2] === '+' ? record.value + match[3] : match[3]))
      status = 1;
    if (name === 'export' || has('x')) record.isExported = !has('n') || name !== 'export';
    if (name === 'readonly' || has('r')) record.isReadonly = true;
    if (match?.[3] === undefined && name === 'export' && !shell.variables.get(variable)) continue;
  }
  await call.machine.step();
  return status;
}

function unset(call: Call): number {
  let status = 0;
  const functionsOnly = call.args[0] === '-f';
  for (const arg of call.args.filter((each) => !/^-[fvn]$/.test(each))) {
    const element = /^([A-Za-z_]\w*)\[(.+)\]$/.exec(arg);
    if (element) call.shell.variables.get(element[1] as string)?.array?.delete(element[2] as string);
    else if (call.shell.variables.get(arg)?.isReadonly)
      status = call.complain(`${arg}: cannot unset: readonly variable`);
    else if (!functionsOnly && call.shell.variables.get(arg)) call.shell.variables.unset(arg);
    else call.shell.functions.delete(arg);
  }
  return status;
}

const optionLetters: Readonly<Record<string, string>> = {
  e: 'errexit',
  x: 'xtrace',
  u: 'nounset',
  f: 'noglob',
  C: 'noclobber',
  a: 'allexport',
  v: 'verbose',
  n: 'noexec',
  m: 'monitor',
  b: 'notify',
  h: 'hashall',
  B: 'braceexpand',
  H: 'histexpand',
};
const optionNames = [
  'allexport',
  'braceexpand',
  'emacs',
  'errexit',
  'errtrace',
  'functrace',
  'hashall',
  'histexpand',
  'history',
  'ignoreeof',
  'interactive-comments',
  'keyword',
  'monitor',
  'noclobber',
  'noexec',
  'noglob',
  'nolog',
  'notify',
  'nounset',
  'onecmd',
  'physical',
  'pipefail',
  'posix',
  'privileged',
  'verbose',
  'vi',
  'xtrace',
];

function set(call: Call): number {
  const { shell, args } = call;
  if (args.length === 0) {
    for (const name of shell.variables.names())
      call.out(`${name}=${quoteValue(shell.variables.get(name)?.value ?? '')}\n`);
    return 0;
  }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === '--' || arg === '-') {
      shell.positional = args.slice(at + 1);
      return 0;
    }
    const sign = arg[0];
    if ((sign !== '-' && sign !== '+') || arg.length < 2) {
      shell.positional = args.slice(at);
      return 0;
    }
    const turn = (name: string): void => void (sign === '-' ? shell.options.add(name) : shell.options.delete(name));
    for (const letter of arg.slice(1)) {
      if (letter === 'o') {
        const name = args[++at];
        if (name === undefined) {
          for (const each of optionNames)
            call.out(
              sign === '-'
                ? `${each.padEnd(15)}\t${shell.options.has(each) ? 'on' : 'off'}\n`
                : `set ${shell.options.has(each) ? '-' : '+'}o ${each}\n`,
            );
          return 0;
        }
        if (!optionNames.includes(name)) return call.complain(`${name}: invalid option name`, 2);
        turn(name);
      } else if (optionLetters[letter] !== undefined) turn(optionLetters[letter]);
      else {
        call.complain(`${sign}${letter}: invalid option`);
        call.err('set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n');
        return 2;
      }
    }
  }
  return 0;
}

const quoteValue = (text: string): string =>
  text === '' || /^[A-Za-z0-9_@%+=:,./-]+$/.test(text)
    ? text
    : /[\0-\x1f]/.test(text)
      ? shellQuoted(text)
      : `'${text.replaceAll("'", "'\\''")}'`;

function shift(call: Call): number {
  const count = Number(call.args[0] ?? 1);
  if (!Number.isInteger(count) || count < 0) return call.complain(`${call.args[0]}: shift count out of range`);
  if (count > call.shell.positional.length) return 1;
  call.shell.positional.splice(0, count);
  return 0;
}

function alias(call: Call): number {
  const { aliases } = call.shell;
  const show = (name: string): void => call.out(`alias ${name}='${aliases.get(name)}'\n`);
  if (call.args.length === 0) for (const name of [...aliases.keys()].sort()) show(name);
  let status = 0;
  for (const arg of call.args) {
    const at = arg.indexOf('=');
    if (at > 0) aliases.set(arg.slice(0, at), arg.slice(at + 1));
    else if (aliases.has(arg)) show(arg);
    else status = call.complain(`${arg}: not found`);
  }
  return status;
}

function unalias(call: Call): number {
  if (call.args[0] === '-a') {
    call.shell.aliases.clear();
    return 0;
  }
  let status = 0;
  for (const arg of call.args) if (!call.shell.aliases.delete(arg)) status = call.complain(`${arg}: not found`);
  return status;
}

function letBuiltin(call: Call): number {
  if (call.args.length === 0) return call.complain('expression expected');
  let value = '0';
  for (const arg of call.args) value = call.shell.evaluate(arg);
  return value === '0' ? 1 : 0;
}

function umask(call: Call): number {
  const [arg] = call.args;
  if (arg === undefined) call.out(`${call.shell.umask.toString(8).padStart(4, '0')}\n`);
  else if (arg === '-S') {
    const part = (shift: number): string =>
      ['r', 'w', 'x'].filter((_, bit) => ((~call.shell.umask >> shift) & (4 >> bit)) !== 0).join('');
    call.out(`u=${part(6)},g=${part(3)},o=${part(0)}\n`);
  } else if (/^[0-7]{1,4}$/.test(arg)) call.shell.umask = Number.parseInt(arg, 8);
  else if (/^\d+$/.test(arg)) return call.complain(`${arg}: octal number out of range`);
  else return call.complain(`\`${arg[0]}': invalid symbolic mode operator`);
  return 0;
}

function getopts(call: Call): number {
  const [letters = '', name = 'opt', ...given] = call.args;
  const words = given.length > 0 ? given : call.shell.positional;
  const index = Number(call.shell.value('OPTIND') ?? '1') || 1;
  const word = words[index - 1];
  if (word === undefined || !/^-./.test(word) || word === '--') {
    call.shell.assign(name, '?');
    return 1;
  }
  const letter = word[1] as string;
  const at = letters.indexOf(letter);
  call.shell.assign(name, at < 0 ? '?' : letter);
  if (at >= 0 && letters[at + 1] === ':') {
    const inline = word.slice(2);
    call.shell.assign('OPTARG', inline || (words[index] ?? ''));
    call.shell.assign('OPTIND', String(index + (inline ? 1 : 2)));
  } else {
    if (at < 0 && !letters.startsWith(':')) call.shell.err(`${call.shell.name}: illegal option -- ${letter}\n`);
    call.shell.assign('OPTIND', String(index + 1));
  }
  return 0;
}

function shopt(call: Call): number {
  const names = call.args.filter((arg) => !arg.startsWith('-'));
  const flag = call.args.find((arg) => arg.startsWith('-')) ?? '';
  let status = 0;
  for (const name of names) {
    if (flag.includes('s')) call.shell.shopts.add(name);
    else if (flag.includes('u')) call.shell.shopts.delete(name);
    else {
      if (!flag.includes('q')) call.out(`${name.padEnd(15)}\t${call.shell.shopts.has(name) ? 'on' : 'off'}\n`);
      if (!call.shell.shopts.has(name)) status = 1;
    }
  }
  return status;
}

function directories(call: Call): number {
  if (call.name === 'pushd' && call.args[0] !== undefined) {
    const from = call.shell.cwd;
    const status = cd(call);
    if (status === 0) call.out(`${call.shell.cwd} ${from}\n`);
    return status;
  }
  if (call.name === 'popd') return call.complain('directory stack empty');
  call.out(`${call.shell.cwd === call.shell.variables.get('HOME')?.value ? '~' : call.shell.cwd}\n`);
  return 0;
}

export const stateBuiltins: CommandTable = {
  cd,
  chdir: cd,
  pwd,
  export: declare,
  readonly: declare,
  declare,
  typeset: declare,
  local: declare,
  unset,
  set,
  shift,
  read,
  alias,
  unalias,
  mapfile,
  readarray: mapfile,
  let: letBuiltin,
  umask,
  getopts,
  shopt,
  dirs: directories,
  pushd: directories,
  popd: directories,
};
