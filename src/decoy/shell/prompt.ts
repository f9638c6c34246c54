import type { Interpreter } from './run/interpreter.ts';

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const two = (value: number): string => String(value).padStart(2, '0');

/** `Sun Nov 22 05:01:17 2026`. */
export function listTimeOfLogin(at: number): string {
  const date = new Date(at);
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${date.getUTCFullYear()}`;
}

/** The prompt, from PS1 or as Debian sets it. */
export function prompt(shell: Interpreter): string {
  const format = shell.variables.get('PS1')?.value ?? '\\u@\\h:\\w\\$ ';
  const host = shell.machine.disk.world.hostname;
  const home = shell.variables.get('HOME')?.value ?? '';
  const place =
    home !== '' && (shell.cwd === home || shell.cwd.startsWith(`${home}/`))
      ? `~${shell.cwd.slice(home.length)}`
      : shell.cwd;
  return format.replace(/\\([uhHwW$\\nestr[\]])/g, (_, letter: string) => {
    switch (letter) {
      case 'u':
        return shell.user;
      case 'h':
        return host.split('.')[0] as string;
      case 'H':
        return host;
      case 'w':
        return place;
      case 'W':
        return place === '~' ? '~' : (place.split('/').at(-1) as string) || '/';
      case '$':
        return shell.actor.uid === 0 ? '#' : '$';
      case 'n':
        return '\n';
      case 'e':
        return '\x1b';
      case 's':
        return 'bash';
      case '\\':
        return '\\';
      default:
        return '';
    }
  });
}
