import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

const blockBytes = 256 * 1024;

/** The lines of a file from its end, each with its text; what stands before the first line end at the end is left out. */
export async function* linesBackward(path: string): AsyncGenerator<string> {
  const file = await open(path, 'r');
  try {
    let end = (await file.stat()).size;
    // The beginning of a line whose rest is further on in the file.
    let rest: Buffer = Buffer.alloc(0);
    while (end > 0) {
      const from = Math.max(0, end - blockBytes);
      const block = Buffer.alloc(end - from);
      await file.read(block, 0, block.length, from);
      const text = Buffer.concat([block, rest]);
      // Only whole lines may be cut: a character of several bytes lies inside one.
      const cut = from === 0 ? 0 : text.indexOf(10) + 1;
      if (from > 0 && cut === 0) {
        rest = text;
        end = from;
        continue;
      }
      const lines = text.subarray(cut).toString('utf8').split('\n');
      for (let i = lines.length - 1; i >= 0; i -= 1) if (lines[i] !== '') yield lines[i] as string;
      rest = text.subarray(0, cut);
      end = from;
    }
  } finally {
    await file.close();
  }
}

/** The lines of a file in order, as bytes: only a line feed ends one. What follows the last is a line as well. */
export async function* linesForward(path: string): AsyncGenerator<{ bytes: Buffer; isWhole: boolean }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const block of createReadStream(path, { highWaterMark: blockBytes }) as AsyncIterable<Buffer>) {
    const text = rest.length === 0 ? block : Buffer.concat([rest, block]);
    let from = 0;
    for (let at = text.indexOf(10); at !== -1; at = text.indexOf(10, from)) {
      yield { bytes: text.subarray(from, at), isWhole: true };
      from = at + 1;
    }
    rest = text.subarray(from);
  }
  if (rest.length > 0) yield { bytes: rest, isWhole: false };
}
