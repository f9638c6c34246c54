/** What was chosen to be imported, read and ready to be sent. */
export interface Chosen {
  /** Name of the folder or zip, which the pack is called at first. */
  name: string;
  zip: Blob | null;
  files: { name: string; text: string }[];
  /** Files that are neither rules nor lines beside them. */
  leftOut: number;
}

const isRule = (path: string): boolean => /\.(ya?ml|json)$/i.test(path);
/** Rules, the lines beside them that must make them fire or must not, and the pack's licence. */
const isPackFile = (path: string): boolean =>
  !/(^|\/)(\.|__MACOSX\/)/.test(path) &&
  (isRule(path) || /\.(fire|quiet)\.log$/i.test(path) || /(^|\/)licen[cs]e(\.[^/]+)?$/i.test(path));
const isZip = (path: string): boolean => /\.zip$/i.test(path);

interface Found {
  path: string;
  file: File;
}

const fileOf = (entry: FileSystemFileEntry) => new Promise<File>((done, fail) => entry.file(done, fail));
const someOf = (reader: FileSystemDirectoryReader) =>
  new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));

async function walk(entry: FileSystemEntry, found: Found[]): Promise<void> {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) found.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
  else {
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // The browser hands out a hundred at a time, and nothing at the end.
    for (let some = await someOf(reader); some.length > 0; some = await someOf(reader)) {
      for (const each of some) await walk(each, found);
    }
  }
}

/** Everything that was dropped, folders with all that is in them. Must be called in the drop's own event. */
export async function droppedFiles(data: DataTransfer): Promise<Found[]> {
  // The list is empty once the event is over.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry());
  const plain = [...data.files];
  const found: Found[] = [];
  for (const entry of entries) if (entry) await walk(entry, found);
  return found.length > 0 ? found : plain.map((file) => ({ path: file.name, file }));
}

export const pickedFiles = (files: FileList): Found[] =>
  [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/** Throws a sentence where it is nothing that can be imported. */
export async function readChosen(found: readonly Found[]): Promise<Chosen> {
  const zips = found.filter(({ path }) => isZip(path));
  const [zip] = zips;
  if (zip && found.length > 1) throw new Error('A zip is imported by itself: choose it alone, or only the files.');
  if (zip) {
    const blob = new Blob([await zip.file.arrayBuffer()], { type: 'application/zip' });
    return { name: zip.file.name.replace(/\.zip$/i, ''), zip: blob, files: [], leftOut: 0 };
  }
  const wanted = found.filter(({ path }) => isPackFile(path));
  if (!wanted.some(({ path }) => isRule(path))) {
    throw new Error('There is no rule in it. Rules are files that end in .yml, .yaml or .json, or a zip of such.');
  }
  const files: Chosen['files'] = [];
  for (const { path, file } of wanted) files.push({ name: path, text: await file.text() });
  const [top = ''] = wanted[0]?.path.split('/') ?? [];
  const isFolder = wanted.every(({ path }) => path.startsWith(`${top}/`));
  return { name: isFolder ? top : '', zip: null, files, leftOut: found.length - wanted.length };
}
