/** The imitated Debian 12 that visitors of the SSH, Telnet and FTP decoys meet. */
export { createFileSystem } from './disk/image.ts';
export { createShell } from './shell.ts';
