/** vsftpd's longest command, line end included. */
const longest = 4096;

/** Cuts what a client sends into command lines, as vsftpd does: at line feeds, carriage returns before them stripped. */
export class Lines {
  #rest = '';

  /** @returns the lines that are whole now, or null: the client sends a longer line than vsftpd reads. */
  take(bytes: string): string[] | null {
    const parts = (this.#rest + bytes).split('\n');
    this.#rest = parts.pop() ?? '';
    if (this.#rest.length >= longest || parts.some((part) => part.length >= longest)) return null;
    return parts.map((part) => part.replaceAll('\0', '\n').replace(/\r+$/, ''));
  }
}

/** The command in capitals and what stands behind the first space. A lone space is a command of its own. */
export function commandOf(line: string): { name: string; argument: string } {
  const space = line.indexOf(' ');
  if (space < 0) return { name: upper(line), argument: '' };
  return { name: upper(line.slice(0, space)) || ' ', argument: line.slice(space + 1) };
}

/** A byte string as people read it. */
export const readable = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** ASCII letters only: the rest are bytes. */
const upper = (text: string): string => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
