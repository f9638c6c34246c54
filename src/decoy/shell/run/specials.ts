import type { Interpreter } from './interpreter.ts';

/** Values that the shell makes itself; null for an ordinary variable. */
export function specialValue(shell: Interpreter, name: string): string | undefined | null {
  if (/^\d+$/.test(name)) return name === '0' ? shell.name : shell.positional[Number(name) - 1];
  switch (name) {
    case '?':
      return String(shell.status);
    case '$':
      return String(shell.pid);
    case '!':
      return shell.lastBackground === '' ? undefined : shell.lastBackground;
    case '#':
      return String(shell.positional.length);
    case '-':
      return `${shell.isInteractive ? 'himBHs' : shell.mode === 'command' ? 'hBc' : 'hB'}`;
    default:
      return shell.dialect === 'bash' ? bashValue(shell, name) : name === 'PPID' ? String(shell.pid - 1) : null;
  }
}

function bashValue(shell: Interpreter, name: string): string | undefined | null {
  switch (name) {
    case 'UID':
    case 'EUID':
      return String(shell.actor.uid);
    case 'PPID':
      return String(shell.pid - 1);
    case 'BASHPID':
      return String(shell.ownPid);
    case 'RANDOM':
      return String(Math.floor(shell.machine.options.random() * 32_768));
    case 'SRANDOM':
      return String(Math.floor(shell.machine.options.random() * 4_294_967_296));
    case 'SECONDS':
      return String(Math.floor((shell.machine.now() - shell.startedAt) / 1000));
    case 'EPOCHSECONDS':
      return String(Math.floor(shell.machine.now() / 1000));
    case 'LINENO':
      return String(shell.line);
    case 'BASH':
      return '/bin/bash';
    case 'BASH_VERSION':
      return '5.2.15(1)-release';
    case 'HOSTNAME':
      return shell.machine.disk.world.hostname;
    case 'HOSTTYPE':
      return 'x86_64';
    case 'MACHTYPE':
      return 'x86_64-pc-linux-gnu';
    case 'OSTYPE':
      return 'linux-gnu';
    case 'SHELLOPTS':
      return [...shell.options].sort().join(':');
    case 'BASH_SUBSHELL':
      return shell.isSubshell ? '1' : '0';
    default:
      return null;
  }
}
