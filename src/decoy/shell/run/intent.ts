import type { ShellEvent } from '../types.ts';

const lastOf = (words: readonly string[]): string | undefined => words.at(-1);
const portOf = (word: string | undefined): number | null => (/^\d{1,5}$/.test(word ?? '') ? Number(word) : null);

/** Words that are neither options nor what belongs to one of `valued`. */
const plainWords = (args: readonly string[], valued: RegExp): string[] =>
  args.filter((arg, at) => !arg.startsWith('-') && !valued.test(args[at - 1] ?? ''));

/**
 * What a program that this machine does not have was to reach. The visitor reads `command not found`; where they wanted to go is
 * worth as much as if it had run.
 */
export function intentOf(name: string, args: readonly string[]): ShellEvent | null {
  const tool = name.slice(name.lastIndexOf('/') + 1);
  switch (tool) {
    case 'nc':
    case 'ncat':
    case 'netcat':
    case 'telnet': {
      const [host, port] = plainWords(args, /^-[weipsgGqTxX]$/);
      return host === undefined || /^\d{1,5}$/.test(host) ? null : { type: 'connect', tool, host, port: portOf(port) };
    }
    case 'ftp': {
      const [host, port] = plainWords(args, /^$/);
      return host === undefined ? null : { type: 'connect', tool, host, port: portOf(port) ?? 21 };
    }
    case 'socat': {
      const [, host, port] =
        /\b(?:tcp|tcp4|tcp6|udp|openssl)(?:-connect)?:([^:,\s]{1,255}):(\d{1,5})/i.exec(args.join(' ')) ?? [];
      return host === undefined ? null : { type: 'connect', tool, host, port: portOf(port) };
    }
    case 'tftp': {
      const words = plainWords(args, /^-[mlRb]$/);
      const host = words.find(
        (word) => /^[\w.-]*\.[\w.-]+$/.test(word) && !/\.(?:sh|bin|elf|py|pl|x86|arm\d?|mips)$/.test(word),
      );
      const at = args.findIndex((arg) => arg === '-r' || arg === 'get');
      const file = at < 0 ? '' : (args[at + 1] ?? '');
      return host === undefined ? null : { type: 'download', tool, url: `tftp://${host}/${file}`, destination: null };
    }
    case 'ftpget': {
      const [host, local, remote] = plainWords(args, /^-[upP]$/);
      if (host === undefined) return null;
      return { type: 'download', tool, url: `ftp://${host}/${remote ?? local ?? ''}`, destination: local ?? null };
    }
    case 'aria2c':
    case 'axel':
    case 'fetch':
    case 'GET':
    case 'lwp-download':
    case 'lynx':
    case 'wget2':
    case 'wget':
    case 'curl': {
      const url = args.find((arg) => /^[a-z]{3,5}:\/\//i.test(arg)) ?? lastOf(plainWords(args, /^-[A-Za-z]$/));
      return url === undefined || !/[./]/.test(url) ? null : { type: 'download', tool, url, destination: null };
    }
    default:
      return null;
  }
}
