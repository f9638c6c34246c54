import { Call, type CommandTable } from '../run/call.ts';
import { searchPath } from '../run/program.ts';
import { runNamed } from '../run/simple.ts';
import { builtins } from './index.ts';

const keywords = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'case',
  'esac',
  'for',
  'select',
  'while',
  'until',
  'do',
  'done',
  'in',
  'function',
  'time',
  '{',
  '}',
  '!',
  '[[',
  ']]',
  'coproc',
]);

/** Bash's builtins, as `enable` lists them. */
const listed =
  '. : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias unset wait'.split(
    ' ',
  );

function type(call: Call): number {
  const flags = call.args.filter((arg) => /^-[afptP]+$/.test(arg)).join('');
  let status = 0;
  for (const name of call.args.filter((arg) => !/^-[afptP]+$/.test(arg))) {
    const { shell } = call;
    const places = name.includes('/')
      ? call.disk.may(call.path(name), 1, call.actor)
        ? [name]
        : []
      : searchPath(shell, name);
    const kind =
      shell.aliases.has(name) && shell.isInteractive
        ? 'alias'
        : keywords.has(name)
          ? 'keyword'
          : shell.functions.has(name)
            ? 'function'
            : builtins(shell.dialect).has(name)
              ? 'builtin'
              : places.length > 0
                ? 'file'
                : '';
    if (flags.includes('t')) {
      if (kind !== '') call.out(`${kind}\n`);
      else status = 1;
      continue;
    }
    if (flags.includes('p') || flags.includes('P')) {
      if ((kind === 'file' || flags.includes('P')) && places[0] !== undefined) call.out(`${places[0]}\n`);
      else if (kind === '' || flags.includes('P')) status = 1;
      continue;
    }
    if (kind === 'alias') call.out(`${name} is aliased to \`${shell.aliases.get(name)}'\n`);
    else if (kind === 'keyword') call.out(`${name} is a shell keyword\n`);
    else if (kind === 'function') call.out(`${name} is a function\n`);
    else if (kind === 'builtin') call.out(`${name} is a shell builtin\n`);
    else if (kind === 'file') call.out(`${name} is ${places[0]}\n`);
    else {
      status = 1;
      if (shell.dialect === 'bash') call.complain(`${name}: not found`);
      else {
        call.out(`${name}: not found\n`);
        status = 127;
      }
    }
    if (flags.includes('a') && kind !== 'file') for (const place of places) call.out(`${name} is ${place}\n`);
  }
  return status;
}

async function command(call: Call): Promise<number> {
  let args = [...call.args];
  let mode = '';
  while (args[0] !== undefined && /^-[pvV]+$/.test(args[0])) {
    mode += args[0];
    args = args.slice(1);
  }
  const [name] = args;
  if (name === undefined) return 0;
  if (!/[vV]/.test(mode)) return runNamed(call.shell, args, { noFunctions: true });
  if (mode.includes('V')) return type(new Call(call.shell, 'type', args));
  let status = 0;
  for (const each of args) {
    const { shell } = call;
    const place = each.includes('/')
      ? call.disk.may(call.path(each), 1, call.actor)
        ? each
        : undefined
      : searchPath(shell, each)[0];
    if (shell.aliases.has(each) && shell.isInteractive) call.out(`alias ${each}='${shell.aliases.get(each)}'\n`);
    else if (keywords.has(each) || shell.functions.has(each) || builtins(shell.dialect).has(each))
      call.out(`${each}\n`);
    else if (place !== undefined) call.out(`${place}\n`);
    else status = shell.dialect === 'bash' ? 1 : 127;
  }
  return status;
}

function hash(call: Call): number {
  if (call.args.length === 0) {
    if (call.shell.dialect === 'bash') call.out('hash: hash table empty\n');
    return 0;
  }
  let status = 0;
  for (const name of call.args.filter((arg) => !arg.startsWith('-')))
    if (searchPath(call.shell, name).length === 0 && !builtins(call.shell.dialect).has(name))
      status = call.complain(`${name}: not found`);
  return status;
}

function help(call: Call): number {
  const [topic] = call.args.filter((arg) => !arg.startsWith('-'));
  if (topic === undefined) {
    call.out('GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n');
    for (const name of listed) call.out(` ${name}\n`);
    return 0;
  }
  if (listed.includes(topic)) {
    call.out(`${topic}: ${topic} [arg ...]\n`);
    return 0;
  }
  return call.complain(
    `no help topics match \`${topic}'.  Try \`help help' or \`man -k ${topic}' or \`info ${topic}'.`,
  );
}

function enable(call: Call): number {
  const names = call.args.filter((arg) => !arg.startsWith('-'));
  if (names.length === 0) for (const name of listed) call.out(`enable ${name}\n`);
  let status = 0;
  for (const name of names) if (!listed.includes(name)) status = call.complain(`${name}: not a shell builtin`);
  return status;
}

function builtin(call: Call): number | Promise<number> {
  const [name] = call.args;
  if (name === undefined) return 0;
  const found = builtins(call.shell.dialect).get(name);
  if (!found) return call.complain(`${name}: not a shell builtin`);
  return runNamed(call.shell, call.args, { noFunctions: true });
}

export const lookupBuiltins: CommandTable = {
  type,
  command,
  hash,
  help,
  enable,
  builtin,
  bind: () => 0,
  complete: () => 0,
  compgen: () => 0,
  compopt: () => 0,
  caller: () => 1,
};
