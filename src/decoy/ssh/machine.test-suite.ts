/** A machine for tests: files in a map, and a shell that knows `echo`, `wget`, `nc`, `exit` and `cat`. */
import type { Persona } from '../persona/types.ts';
import type { FileResult, FileStat, FileSystem, Shell, ShellOptions } from '../shell/types.ts';

const missing = { ok: false, error: { code: 'ENOENT', message: 'No such file or directory' } } as const;
const done: FileResult<void> = { ok: true, value: undefined };

export function memoryFiles(): FileSystem {
  const files = new Map<string, Uint8Array | null>([
    ['/', null],
    ['/root', null],
    ['/tmp', null],
    ['/etc', null],
    ['/etc/hostname', Buffer.from('web01\n')],
  ]);
  const stat = (path: string): FileResult<FileStat> => {
    const found = files.get(path);
    if (found === undefined) return missing;
    return {
      ok: true,
      value: {
        kind: found === null ? 'directory' : 'file',
        mode: found === null ? 0o40755 : 0o100644,
        uid: 0,
        gid: 0,
        size: found?.length ?? 4096,
        modifiedAt: 1_700_000_000_000,
        inode: 1,
        links: 1,
        target: null,
      },
    };
  };
  return {
    stat,
    lstat: stat,
    readdir: (path) => {
      const prefix = path === '/' ? '/' : `${path}/`;
      const names = [...files.keys()].filter((each) => each !== '/' && each.startsWith(prefix));
      return { ok: true, value: names.map((each) => each.slice(prefix.length)).filter((each) => !each.includes('/')) };
    },
    read: (path) => {
      const found = files.get(path);
      return found ? { ok: true, value: found } : missing;
    },
    write: (path, data, options) => {
      const before = options?.append ? (files.get(path) ?? new Uint8Array()) : new Uint8Array();
      files.set(path, Buffer.concat([before, data]));
      return done;
    },
    mkdir: (path) => {
      files.set(path, null);
      return done;
    },
    rmdir: (path) => (files.delete(path) ? done : missing),
    unlink: (path) => (files.delete(path) ? done : missing),
    rename: (from, to) => {
      const found = files.get(from);
      if (found === undefined) return missing;
      files.delete(from);
      files.set(to, found);
      return done;
    },
    chmod: () => done,
    chown: () => done,
    utimes: () => done,
    symlink: () => done,
    readlink: () => missing,
    realpath: (path) => ({ ok: true, value: path }),
    longName: (name, { size }) => `-rw-r--r--    1 root     root     ${String(size).padStart(8)} Nov 14 22:13 ${name}`,
    usedBytes: 0,
  };
}

export function plainShell(options: ShellOptions): Shell {
  const { report, write, fs } = options;
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
  const end = options.terminal === undefined ? '\n' : '\r\n';
  let line = '';
  let leave: ((code: number) => void) | null = null;
  const one = (text: string): number => {
    report({ type: 'input', line: text });
    const [name = '', ...args] = text.trim().split(/\s+/);
    const known = ['echo', 'wget', 'nc', 'exit', 'cat'].includes(name);
    report({ type: 'command', name, args, isKnown: known });
    if (name === 'echo') write('stdout', bytes(`${args.join(' ')}${end}`));
    else if (name === 'wget') report({ type: 'download', tool: 'wget', url: args[0] ?? '', destination: null });
    else if (name === 'nc') report({ type: 'connect', tool: 'nc', host: args[0] ?? '', port: Number(args[1] ?? 0) });
    else if (name === 'cat') {
      const content = fs.read(args[0] ?? '');
      if (content.ok) write('stdout', content.value);
      return content.ok ? 0 : 1;
    } else if (name === 'exit') leave?.(Number(args[0] ?? 0));
    else {
      write('stderr', bytes(`bash: line 1: ${name}: command not found${end}`));
      return 127;
    }
    return 0;
  };
  return {
    run: async (command) => {
      const exitCode = one(command);
      return { exitCode, stdout: new Uint8Array(), stderr: new Uint8Array() };
    },
    start: () => {
      write('stdout', bytes(`root@web01:~# `));
      return new Promise((resolve) => {
        leave = resolve;
      });
    },
    input: (data) => {
      for (const character of Buffer.from(data).toString('latin1')) {
        if (character === '\r' || character === '\n') {
          write('stdout', bytes('\r\n'));
          one(line);
          line = '';
          write('stdout', bytes('root@web01:~# '));
        } else line += character;
      }
    },
    end: () => leave?.(0),
    resize: () => {},
    kill: () => leave?.(129),
  };
}

/** Only what the decoy itself asks of a persona. */
export const plainPersona = {
  sshVersion: 'OpenSSH_9.2p1 Debian-2+deb12u3',
  users: [{ name: 'root', home: '/root' }],
} as const satisfies {
  sshVersion: Persona['sshVersion'];
  users: readonly Pick<Persona['users'][number], 'name' | 'home'>[];
};
