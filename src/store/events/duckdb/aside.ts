/** Files of events that cannot be read: they are put aside whole, so that all the others go on and nothing is deleted. */
import fs from 'node:fs';
import path from 'node:path';

const folderName = 'damaged';

/** Whether an error says that a file's content is to blame, and not its rights, the disk or too little memory. */
export const isDamage = (error: unknown): boolean =>
  /not a valid DuckDB database|Corrupt (?:database|WAL) file|Could not read enough bytes|Failure while replaying WAL|Serialization Error/i.test(
    String(error),
  ) && !/Out of Memory|failed to (?:pin|allocate)|No space left|Permission denied|lock on file/i.test(String(error));

/** Moves those of the files that are there into the folder `damaged` beside them. @returns a sentence for people */
export function putAside(files: readonly string[], error: unknown): string {
  const [first = ''] = files;
  const folder = path.join(path.dirname(first), folderName);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const file of files) if (fs.existsSync(file)) fs.renameSync(file, path.join(folder, path.basename(file)));
  const reason = error instanceof Error ? error.message : String(error);
  return (
    `${first} cannot be read and was put aside in ${folder}: its events are missing from searches and reports. ` +
    `Bring them back from a backup. (${reason})`
  );
}

/** The names of files that were put aside in a folder of slices, now or by a former run. */
export function namesAside(folder: string): string[] {
  const aside = path.join(folder, folderName);
  return fs.existsSync(aside) ? fs.readdirSync(aside) : [];
}
