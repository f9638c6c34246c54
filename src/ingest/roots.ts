import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** Characters that make a path a pattern, as node:fs's glob reads it. */
const magic = /[*?[\]{}]/;

export function isGlob(file: string): boolean {
  return magic.test(file);
}

/**
 * Whether a file, or every file that a pattern could name, lies inside one of the folders that may be tailed. Symlinks
 * are resolved first, in the deepest part of the path that exists, so a missing file is fine. Returns the absolute path
 * with its symlinks as they are: ingest checks again whenever it opens the file.
 */
export function resolveInsideRoots(
  file: string,
  roots: readonly string[],
): { ok: true; path: string } | { ok: false; reason: string } {
  if (file === '' || file.includes('\0')) return { ok: false, reason: 'The path of a log file must not be empty.' };
  if (isGlob(file) && file.split(/[/{},]/).includes('..')) {
    return { ok: false, reason: `"${file}" goes up with ".." inside a pattern; write the pattern without it.` };
  }
  const absolute = path.resolve(file);
  const real = realpathOfExisting(isGlob(absolute) ? fixedPart(absolute) : absolute);
  if (real !== null && roots.some((root) => isInside(real, realpathOfExisting(path.resolve(root)) ?? root))) {
    return { ok: true, path: absolute };
  }
  const allowed = roots.length === 0 ? 'which is empty' : `now ${roots.join(':')}`;
  return {
    ok: false,
    reason:
      `"${file}" is not inside a folder that may be read. Add its folder to the setting files.roots ` +
      `(PHOSOR_FILE_ROOTS, ${allowed}), or name a file inside one of them.`,
  };
}

/** The folder above the first component with a pattern in it. */
export function fixedPart(pattern: string): string {
  const parts = pattern.split(path.sep);
  const first = parts.findIndex((part) => magic.test(part));
  return parts.slice(0, first).join(path.sep) || path.sep;
}

/** Resolves the deepest existing ancestor and appends the rest; null where a component cannot be looked at. */
function realpathOfExisting(absolute: string): string | null {
  let existing = absolute;
  let rest = '';
  for (;;) {
    try {
      return path.join(realpathSync.native(existing), rest);
    } catch (error) {
      // A dangling symlink also ends here: what it points to is checked when it exists and is opened.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return null;
      const parent = path.dirname(existing);
      if (parent === existing) return null;
      rest = path.join(path.basename(existing), rest);
      existing = parent;
    }
  }
}

function isInside(file: string, root: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

const usualLogs = ['auth.log', 'ufw.log', 'kern.log', 'syslog', 'messages'];

/** The system's usual log files that exist and can be read. `bytes`: their size. */
export function offeredLogs(folder = '/var/log'): { path: string; bytes: number }[] {
  return usualLogs.flatMap((name) => {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.R_OK);
      const stat = statSync(file);
      return stat.isFile() ? [{ path: file, bytes: stat.size }] : [];
    } catch {
      return [];
    }
  });
}
