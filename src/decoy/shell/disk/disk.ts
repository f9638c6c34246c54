import type { Persona } from '../../persona/types.ts';
import { fromBytes, toBytes } from '../bytes.ts';
import type { Actor, FileResult, FileStat, FileSystem, WriteOptions } from '../types.ts';
import { programBytes } from './elf.ts';
import { longLine } from './long-name.ts';
import { DiskError, type Node, type Owner, statOf } from './node.ts';
import type { World } from './proc.ts';

const root: Actor = { uid: 0, gid: 0 };
const depth = 16;

/** Splits a path; `.` and empty parts are left out, `..` is kept. */
const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/**
 * One visitor's disk: a tree whose unchanged parts are the common image. Before a change, the nodes from the root down
 * to the changed one are copied once.
 */
export class Disk implements FileSystem {
  readonly persona: Persona;
  readonly now: () => number;
  world: World;
  usedBytes = 0;
  readonly #owner: Owner = {};
  readonly #limit: number;
  readonly #groups: (uid: number) => readonly number[];
  #root: Node;
  #nextInode: number;

  constructor(options: {
    persona: Persona;
    now: () => number;
    image: Node;
    fileBytes: number;
    nextInode: number;
    groups: (uid: number) => readonly number[];
  }) {
    this.persona = options.persona;
    this.now = options.now;
    this.#root = options.image;
    this.#limit = options.fileBytes;
    this.#nextInode = options.nextInode;
    this.#groups = options.groups;
    this.world = { processes: () => [], self: 1, hostname: options.persona.hostname };
  }

  // ---- calls of the interface ----

  stat(path: string, as: Actor = root): FileResult<FileStat> {
    return this.#result(() => this.#statOf(this.find(path, true, as)));
  }

  lstat(path: string, as: Actor = root): FileResult<FileStat> {
    return this.#result(() => this.#statOf(this.find(path, false, as)));
  }

  readdir(path: string, as: Actor = root): FileResult<readonly string[]> {
    return this.#result(() => {
      const node = this.find(path, true, as);
      if (node.kind !== 'directory') throw new DiskError('ENOTDIR');
      this.#allow(node, 4, as);
      return [...this.#childrenOf(node).keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    });
  }

  read(path: string, as: Actor = root): FileResult<Uint8Array> {
    return this.#result(() => toBytes(this.text(path, as)));
  }

  write(path: string, data: Uint8Array, options: WriteOptions = {}, as: Actor = root): FileResult<void> {
    return this.writeText(path, fromBytes(data), options, as);
  }

  mkdir(path: string, mode = 0o755, as: Actor = root): FileResult<void> {
    return this.#result(() => {
      this.#create(path, as, { ...this.#fresh(as), kind: 'directory', mode, children: new Map() });
    });
  }

  rmdir(path: string, as: Actor = root): FileResult<void> {
    return this.#result(() => {
      const node = this.find(path, false, as);
      if (node.kind !== 'directory') throw new DiskError('ENOTDIR');
      if (this.#childrenOf(node).size > 0) throw new DiskError(node.entries ? 'EPERM' : 'ENOTEMPTY');
      this.#remove(path, as);
    });
  }

  unlink(path: string, as: Actor = root): FileResult<void> {
    return this.#result(() => {
      const node = this.find(path, false, as);
      if (node.kind === 'directory') throw new DiskError('EISDIR');
      this.#remove(path, as);
    });
  }

  rename(from: string, to: string, as: Actor = root): FileResult<void> {
    return this.#result(() => {
      const node = this.find(from, false, as);
      const source = this.#parent(from, as);
      const target = this.#parent(to, as);
      if (target.path === source.path && target.name === source.name) return;
      if (`${this.#where(to, as)}/`.startsWith(`${this.#where(from, as)}/`)) throw new DiskError('EINVAL');
      const present = this.#childrenOf(this.find(target.path, true, as)).get(target.name);
      if (present) {
        if (present.kind === 'directory' && node.kind !== 'directory') throw new DiskError('EISDIR');
        if (present.kind !== 'directory' && node.kind === 'directory') throw new DiskError('ENOTDIR');
        if (present.kind === 'directory' && this.#childrenOf(present).size > 0) throw new DiskError('ENOTEMPTY');
      }
      this.#changeable(target.path, as);
      this.#remove(from, as, true);
      this.#own(target.path).children?.set(target.name, node);
    });
  }

  chmod(path: string, mode: number, as: Actor = root): FileResult<void> {
    return this.#change(path, as, (node) => {
      node.mode = mode & 0o7777;
    });
  }

  chown(path: string, uid: number, gid: number, as: Actor = root): FileResult<void> {
    return this.#change(path, as, (node) => {
      if (as.uid !== 0 && (uid >= 0 ? uid !== node.uid : false)) throw new DiskError('EPERM');
      if (uid >= 0) node.uid = uid;
      if (gid >= 0) node.gid = gid;
    });
  }

  utimes(path: string, modifiedAt: number, as: Actor = root): FileResult<void> {
    return this.#change(path, as, (node) => {
      node.modifiedAt = modifiedAt;
    });
  }

  symlink(target: string, path: string, as: Actor = root): FileResult<void> {
    return this.#result(() => this.#create(path, as, { ...this.#fresh(as), kind: 'symlink', mode: 0o777, target }));
  }

  readlink(path: string, as: Actor = root): FileResult<string> {
    return this.#result(() => {
      const node = this.find(path, false, as);
      if (node.kind !== 'symlink') throw new DiskError('EINVAL');
      return this.#targetOf(node);
    });
  }

  realpath(path: string, as: Actor = root): FileResult<string> {
    return this.#result(() => {
      const where = this.#where(path, as, true);
      this.find(where, true, as);
      return where;
    });
  }

  longName(name: string, stat: FileStat): string {
    return longLine(name, stat, this, this.now());
  }

  // ---- for the shell ----

  /** The content as a byte string; throws DiskError. */
  text(path: string, as: Actor = root): string {
    const node = this.find(path, true, as);
    if (node.kind === 'directory') throw new DiskError('EISDIR');
    this.#allow(node, 4, as);
    return this.#contentOf(node);
  }

  writeText(path: string, text: string, options: WriteOptions = {}, as: Actor = root): FileResult<void> {
    return this.#result(() => {
      const node = this.#orNull(path, as);
      if (!node) {
        if (path.endsWith('/')) throw new DiskError('EISDIR');
        this.#spend(text.length);
        const target = this.#danglingTarget(path, as);
        this.#create(target, as, { ...this.#fresh(as), kind: 'file', mode: options.mode ?? 0o644, content: text });
        return;
      }
      if (node.kind === 'directory') throw new DiskError('EISDIR');
      this.#allow(node, 2, as);
      if (node.onWrite === 'swallow') return;
      if (node.onWrite) throw new DiskError(node.onWrite);
      const where = this.#where(path, as, true);
      const before = options.append ? this.#contentOf(node) : '';
      this.#spend(text.length + (node.owner === this.#owner ? 0 : before.length));
      const own = this.#own(where);
      if (!options.append && own.content !== undefined) this.usedBytes -= Math.min(own.content.length, this.usedBytes);
      own.content = before + text;
      delete own.program;
      delete own.dynamic;
      own.modifiedAt = this.now();
    });
  }

  /** Makes a device, pipe or the like. */
  make(path: string, node: Partial<Node> & Pick<Node, 'kind' | 'mode'>, as: Actor = root): FileResult<void> {
    return this.#result(() => this.#create(path, as, { ...this.#fresh(as), ...node }));
  }

  /** Whether `as` may read (4), write (2) or execute (1). */
  may(path: string, bit: 1 | 2 | 4, as: Actor): boolean {
    const found = this.#result(() => this.#allow(this.find(path, true, as), bit, as));
    return found.ok;
  }

  /** The node at the path; throws DiskError. */
  find(path: string, follow: boolean, as: Actor = root): Node {
    return this.#walk(path, follow, as).node;
  }

  // ---- inside ----

  #result<T>(work: () => T): FileResult<T> {
    try {
      return { ok: true, value: work() };
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      return { ok: false, error: { code: error.code, message: error.message } };
    }
  }

  #fresh(as: Actor): Omit<Node, 'kind' | 'mode'> {
    return { uid: as.uid, gid: as.gid, modifiedAt: this.now(), inode: this.#nextInode++, owner: this.#owner };
  }

  #spend(bytes: number): void {
    if (this.usedBytes + bytes > this.#limit) throw new DiskError('ENOSPC');
    this.usedBytes += bytes;
  }

  #childrenOf(node: Node): Map<string, Node> {
    return node.entries?.(this) ?? node.children ?? new Map();
  }

  #contentOf(node: Node): string {
    if (node.dynamic) return node.dynamic(this);
    if (node.program) return programBytes(node.program.name, node.program.size);
    return node.content ?? '';
  }

  #targetOf(node: Node): string {
    return node.dynamic ? node.dynamic(this) : (node.target ?? '');
  }

  #statOf(node: Node): FileStat {
    const children = node.kind === 'directory' ? this.#childrenOf(node) : null;
    return statOf(node, children, node.kind === 'symlink' ? this.#targetOf(node) : null);
  }

  #allow(node: Node, bit: number, as: Actor): void {
    if (as.uid === 0) {
      if (bit === 1 && node.kind !== 'directory' && (node.mode & 0o111) === 0) throw new DiskError('EACCES');
      return;
    }
    const shift = node.uid === as.uid ? 6 : node.gid === as.gid || this.#groups(as.uid).includes(node.gid) ? 3 : 0;
    if (((node.mode >> shift) & bit) !== bit) throw new DiskError('EACCES');
  }

  /** Follows a path to its node, and to its place without links. */
  #walk(path: string, follow: boolean, as: Actor, hops = 0): { node: Node; path: string } {
    if (hops > depth) throw new DiskError('ELOOP');
    if (path === '') throw new DiskError('ENOENT');
    if (path.length > 4096) throw new DiskError('ENAMETOOLONG');
    const stack: { name: string; node: Node }[] = [];
    let node = this.#root;
    const parts = partsOf(path);
    const mustBeFolder = path.endsWith('/') || /\/\.{1,2}$/.test(path);
    for (const [at, part] of parts.entries()) {
      if (node.kind !== 'directory') throw new DiskError('ENOTDIR');
      this.#allow(node, 1, as);
      if (part === '..') {
        stack.pop();
        node = stack.at(-1)?.node ?? this.#root;
        continue;
      }
      if (part.length > 255) throw new DiskError('ENAMETOOLONG');
      const child = this.#childrenOf(node).get(part);
      if (!child) throw new DiskError('ENOENT');
      const isLast = at === parts.length - 1;
      if (child.kind === 'symlink' && (!isLast || follow || mustBeFolder)) {
        const rest = parts.slice(at + 1).join('/');
        const target = this.#targetOf(child);
        const base = target.startsWith('/') ? '' : `/${stack.map(({ name }) => name).join('/')}/`;
        return this.#walk(`${base}${target}${rest ? `/${rest}` : ''}`, follow, as, hops + 1);
      }
      node = child;
      stack.push({ name: part, node });
    }
    if (mustBeFolder && node.kind !== 'directory') throw new DiskError('ENOTDIR');
    return { node, path: `/${stack.map(({ name }) => name).join('/')}` };
  }

  #orNull(path: string, as: Actor): Node | null {
    try {
      return this.find(path, true, as);
    } catch (error) {
      if (error instanceof DiskError && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  /** The folder and name a new entry would get. */
  #parent(path: string, as: Actor): { path: string; name: string } {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) throw new DiskError('EBUSY');
    if (name === '..') throw new DiskError('EINVAL');
    const folder = this.#walk(`/${parts.join('/')}`, true, as);
    if (folder.node.kind !== 'directory') throw new DiskError('ENOTDIR');
    return { path: folder.path, name };
  }

  #where(path: string, as: Actor, follow = false): string {
    if (follow) return this.#walk(path, true, as).path;
    const { path: folder, name } = this.#parent(path, as);
    return `${folder === '/' ? '' : folder}/${name}`;
  }

  /** Writing to a link that leads nowhere makes what it points to. */
  #danglingTarget(path: string, as: Actor): string {
    let place = path;
    for (let hop = 0; hop < depth; hop++) {
      const { path: folder, name } = this.#parent(place, as);
      const node = this.#childrenOf(this.find(folder, true, as)).get(name);
      if (node?.kind !== 'symlink') return place;
      const target = this.#targetOf(node);
      place = target.startsWith('/') ? target : `${folder}/${target}`;
    }
    throw new DiskError('ELOOP');
  }

  #changeable(folder: string, as: Actor): void {
    const node = this.find(folder, true, as);
    this.#allow(node, 3, as);
    if (node.entries) throw new DiskError('EPERM');
  }

  #create(path: string, as: Actor, node: Node): void {
    const { path: folder, name } = this.#parent(path, as);
    if (name.length > 255) throw new DiskError('ENAMETOOLONG');
    const parent = this.find(folder, true, as);
    if (this.#childrenOf(parent).has(name)) throw new DiskError('EEXIST');
    if (parent.entries) throw new DiskError(parent.onWrite === 'EPERM' ? 'EPERM' : 'ENOENT');
    this.#allow(parent, 3, as);
    this.#spend(256);
    const own = this.#own(folder);
    if ((own.mode & 0o2000) !== 0) node.gid = own.gid;
    own.children?.set(name, node);
    own.modifiedAt = this.now();
  }

  #remove(path: string, as: Actor, isMove = false): void {
    const { path: folder, name } = this.#parent(path, as);
    this.#changeable(folder, as);
    const parent = this.find(folder, true, as);
    const node = this.#childrenOf(parent).get(name);
    if (!node) throw new DiskError('ENOENT');
    if ((parent.mode & 0o1000) !== 0 && as.uid !== 0 && as.uid !== node.uid && as.uid !== parent.uid)
      throw new DiskError('EPERM');
    const own = this.#own(folder);
    own.children?.delete(name);
    own.modifiedAt = this.now();
    if (!isMove && node.owner === this.#owner)
      this.usedBytes = Math.max(0, this.usedBytes - 256 - (node.content?.length ?? 0));
  }

  #change(path: string, as: Actor, change: (node: Node) => void): FileResult<void> {
    return this.#result(() => {
      const node = this.find(path, true, as);
      if (as.uid !== 0 && as.uid !== node.uid) throw new DiskError('EPERM');
      const where = this.#where(path, as, true);
      if (/^\/(?:proc|sys)(?:\/|$)/.test(where)) throw new DiskError('EPERM');
      change(this.#own(where));
    });
  }

  /** The node at a path without links, made ours together with everything above it. */
  #own(path: string): Node {
    const copy = (node: Node): Node =>
      node.owner === this.#owner
        ? node
        : { ...node, owner: this.#owner, ...(node.children ? { children: new Map(node.children) } : {}) };
    this.#root = copy(this.#root);
    let node = this.#root;
    for (const part of partsOf(path)) {
      const child = node.children?.get(part);
      if (!child) throw new DiskError('EPERM');
      const own = copy(child);
      node.children?.set(part, own);
      node = own;
    }
    return node;
  }
}
