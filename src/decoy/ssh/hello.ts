import { createHash } from 'node:crypto';

/** What a client says of itself before anything is encrypted. */
export interface ClientHello {
  /** `SSH-2.0-libssh_0.9.6` */
  ident: string;
  /** MD5 of the offered algorithms, as Salesforce's HASSH defines it. Null: no offer came. */
  hassh: string | null;
  /** What the hash is made of. */
  algorithms: string | null;
}

const identLimit = 8192;
const packetLimit = 35_000;
const kexInit = 20;

/**
 * Reads a client's identification and its first packet from bytes in pieces of any size. Bytes are only looked at; the
 * protocol is spoken by others.
 */
export class HelloReader {
  readonly #onIdent: (ident: string) => void;
  readonly #onHello: (hello: ClientHello) => void;
  #bytes: Buffer = Buffer.alloc(0);
  #ident: string | null = null;
  #isOver = false;

  constructor(onIdent: (ident: string) => void, onHello: (hello: ClientHello) => void) {
    this.#onIdent = onIdent;
    this.#onHello = onHello;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  read(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#ident === null && !this.#readIdent()) return;
    this.#readPacket();
  }

  #finish(hassh: string | null, algorithms: string | null): void {
    this.#isOver = true;
    this.#bytes = Buffer.alloc(0);
    this.#onHello({ ident: this.#ident ?? '', hassh, algorithms });
  }

  #readIdent(): boolean {
    const end = this.#bytes.indexOf(10);
    if (end < 0) {
      if (this.#bytes.length > identLimit) this.#finish(null, null);
      return false;
    }
    this.#ident = this.#bytes.toString('latin1', 0, end).replace(/\r$/, '').slice(0, 255);
    this.#bytes = this.#bytes.subarray(end + 1);
    this.#onIdent(this.#ident);
    return true;
  }

  #readPacket(): void {
    if (this.#bytes.length < 6) return;
    const length = this.#bytes.readUInt32BE(0);
    if (length < 20 || length > packetLimit || this.#bytes[5] !== kexInit) {
      this.#finish(null, null);
      return;
    }
    if (this.#bytes.length < 4 + length) return;
    const lists = nameLists(this.#bytes.subarray(4 + 2 + 16, 4 + length));
    if (lists === null) {
      this.#finish(null, null);
      return;
    }
    const [kex, , cipher, , mac, , compression] = lists;
    const algorithms = [kex, cipher, mac, compression].join(';');
    this.#finish(createHash('md5').update(algorithms).digest('hex'), algorithms);
  }
}

/** The first eight name-lists; null: there are not as many. */
function nameLists(bytes: Buffer): string[] | null {
  const lists: string[] = [];
  let at = 0;
  while (lists.length < 8) {
    if (at + 4 > bytes.length) return null;
    const length = bytes.readUInt32BE(at);
    at += 4;
    if (at + length > bytes.length) return null;
    lists.push(bytes.toString('latin1', at, at + length));
    at += length;
  }
  return lists;
}
