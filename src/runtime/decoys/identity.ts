import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { FromChild } from '../../decoy/host/messages.ts';

/** Whole or not at all: what is cut off here would keep a decoy from starting for ever. */
function writeWhole(file: string, text: string): void {
  const part = `${file}.part`;
  const handle = fs.openSync(part, 'w', 0o600);
  try {
    fs.writeFileSync(handle, text);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  fs.renameSync(part, file);
}

const shape = z.object({ seed: z.string().regex(/^[0-9a-f]{64}$/), installedAt: z.int().min(0) });

function readIdentity(file: string): z.output<typeof shape> | null {
  if (!fs.existsSync(file)) return null;
  try {
    return shape.parse(JSON.parse(fs.readFileSync(file, 'utf8')));
  } catch {
    // Kept for whoever wants to know what it was; the decoys become another machine.
    fs.renameSync(file, `${file}.broken`);
    return null;
  }
}

/** The seed that everything visible of this installation's decoys follows from; made once. */
export function ownIdentity(folder: string, now: () => number): { seed: string; installedAt: number } {
  const file = join(folder, 'identity.json');
  const kept = readIdentity(file);
  if (kept !== null) return kept;
  const made = { seed: randomBytes(32).toString('hex'), installedAt: now() };
  writeWhole(file, JSON.stringify(made));
  return made;
}

/** Gives what is kept, after keeping what is new. A name is a plain word: the message's schema says so. */
export function keptText(folder: string, message: Extract<FromChild, { type: 'keep' }>): string | null {
  const file = join(folder, `kept-${message.decoy}-${message.name}`);
  // An empty one was cut off before it was written.
  const kept = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  if (kept !== '') return kept;
  if (message.value === null) return null;
  writeWhole(file, message.value);
  return message.value;
}
