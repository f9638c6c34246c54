import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../../decoy/host/limits.ts';

interface Kept {
  bytes: number;
  /** Last write or read, epoch ms. */
  at: number;
}

interface Arriving {
  visit: string;
  path: string;
  bytes: number;
  hash: Hash;
  failed: boolean;
}

export interface KeptFilesOptions {
  folder: string;
  maxBytes: () => number;
  now: () => number;
  /** A file had to make room. */
  onGone: (sha256: string) => void;
  /** The disk takes nothing. */
  onFailure: (message: string) => void;
}

const maxArriving = 2000;
const sha256Name = /^([0-9a-f]{64})\.bin$/;
const castName = /^([0-9a-f]{16})-(\d{1,3})\.cast$/;

/**
 * What visitors leave, as inert files: uploads by the SHA-256 of what is kept, without rights to run, and terminal
 * recordings. When both together are too large, what was not touched for longest goes. Content is never looked into.
 */
export class KeptFiles {
  readonly #options: KeptFilesOptions;
  readonly #folder: string;
  readonly #kept = new Map<string, Kept>();
  readonly #arriving = new Map<number, Arriving>();
  /** Recordings of visits that go on. */
  readonly #begun = new Map<string, Set<number>>();
  #bytes = 0;

  constructor(options: KeptFilesOptions) {
    this.#options = options;
    this.#folder = options.folder;
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const found: [string, Kept][] = [];
    for (const name of fs.readdirSync(this.#folder)) {
      if (name.endsWith('.part')) fs.rmSync(join(this.#folder, name), { force: true });
      if (!sha256Name.test(name) && !castName.test(name)) continue;
      const { size, mtimeMs } = fs.statSync(join(this.#folder, name));
      found.push([name, { bytes: size, at: mtimeMs }]);
    }
    for (const [name, kept] of found.sort(([, a], [, b]) => a.at - b.at)) this.#note(name, kept.bytes, kept.at);
  }

  get bytes(): number {
    return this.#bytes;
  }

  #note(name: string, bytes: number, at: number): void {
    const before = this.#kept.get(name);
    this.#bytes += bytes - (before?.bytes ?? 0);
    // The map's order is that of the last touch.
    this.#kept.delete(name);
    this.#kept.set(name, { bytes, at });
  }

  #makeRoom(): void {
    for (const [name, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#options.maxBytes()) return;
      fs.rmSync(join(this.#folder, name), { force: true });
      this.#kept.delete(name);
      this.#bytes -= bytes;
      const sha256 = sha256Name.exec(name)?.[1];
      if (sha256 !== undefined) this.#options.onGone(sha256);
    }
  }

  #try(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#options.onFailure(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** A piece of a file that is on its way. */
  add(upload: number, visit: string, data: Buffer): void {
    let arriving = this.#arriving.get(upload);
    if (arriving === undefined) {
      if (this.#arriving.size >= maxArriving) return;
      const path = join(this.#folder, `${upload}.part`);
      fs.rmSync(path, { force: true });
      arriving = { visit, path, bytes: 0, hash: createHash('sha256'), failed: false };
      this.#arriving.set(upload, arriving);
    }
    if (arriving.visit !== visit || arriving.failed || arriving.bytes + data.length > limits.uploadBytes) return;
    const { path, hash } = arriving;
    arriving.bytes += data.length;
    hash.update(data);
    arriving.failed = !this.#try(() => fs.appendFileSync(path, data, { mode: 0o600 }));
  }

  /** @returns the SHA-256 and the size of what is kept; null: nothing is. */
  finish(upload: number, visit: string): { sha256: string; bytes: number } | null {
    const arriving = this.#arriving.get(upload);
    const { path, bytes, hash, failed } = arriving ?? {
      path: join(this.#folder, `${upload}.part`),
      bytes: 0,
      hash: createHash('sha256'),
      failed: false,
    };
    if (arriving !== undefined && arriving.visit !== visit) return null;
    this.#arriving.delete(upload);
    const sha256 = hash.digest('hex');
    const name = `${sha256}.bin`;
    const isKept =
      !failed &&
      this.#try(() => {
        if (arriving === undefined) fs.writeFileSync(path, '', { mode: 0o600 });
        fs.renameSync(path, join(this.#folder, name));
      });
    if (!isKept) {
      fs.rmSync(path, { force: true });
      return null;
    }
    this.#note(name, bytes, this.#options.now());
    this.#makeRoom();
    return { sha256, bytes };
  }

  /** What is still on its way from this visit has lost its sender. */
  forget(visit: string): void {
    for (const [upload, arriving] of this.#arriving) {
      if (arriving.visit !== visit) continue;
      this.#arriving.delete(upload);
      fs.rmSync(arriving.path, { force: true });
    }
    this.#begun.delete(visit);
  }

  /** Lines of a terminal recording. @returns false where they are not kept */
  record(visit: string, recording: number, lines: string): boolean {
    const name = `${visit}-${recording}.cast`;
    if (!castName.test(name)) return false;
    const begun = this.#begun.get(visit) ?? new Set();
    // Its beginning had to make room: what goes on without it could not be replayed.
    if (begun.has(recording) && !this.#kept.has(name)) return false;
    this.#begun.set(visit, begun.add(recording));
    const before = this.#kept.get(name)?.bytes ?? 0;
    const bytes = Buffer.byteLength(lines);
    // The process counts by itself; it is not believed.
    if (before + bytes > limits.recordingBytes * 2) return false;
    if (!this.#try(() => fs.appendFileSync(join(this.#folder, name), lines, { mode: 0o600 }))) return false;
    this.#note(name, before + bytes, this.#options.now());
    this.#makeRoom();
    return true;
  }

  async read(name: { sha256: string } | { visit: string; recording: number }): Promise<Buffer | null> {
    const file = 'sha256' in name ? `${name.sha256}.bin` : `${name.visit}-${name.recording}.cast`;
    if (!this.#kept.has(file)) return null;
    const path = join(this.#folder, file);
    const content = await readFile(path).catch(() => null);
    const kept = this.#kept.get(file);
    if (content === null || kept === undefined) return content;
    const at = this.#options.now();
    this.#note(file, kept.bytes, at);
    // So that the next start knows of it.
    await utimes(path, at / 1000, at / 1000).catch(() => {});
    return content;
  }
}
