/** Telnet's own bytes (RFC 854): negotiation is answered and left out of what the user types. */
const iac = 255;
const will = 251;
const wont = 252;
const ask = 253;
const refuse = 254;
const sub = 250;
const end = 240;
const windowSize = 31;
const terminalType = 24;

/** What the server says first: it echoes, suppresses go-ahead, and asks for terminal, speed, environment and size. */
export const opening = Buffer.from([
  iac,
  ask,
  terminalType,
  iac,
  ask,
  32,
  iac,
  ask,
  35,
  iac,
  ask,
  39,
  iac,
  will,
  3,
  iac,
  ask,
  windowSize,
  iac,
  will,
  1,
]);
/** The client is asked to name its terminal. */
const nameTerminal = Buffer.from([iac, sub, terminalType, 1, iac, end]);

export interface TelnetFacts {
  columns: number;
  rows: number;
  terminal: string | null;
}

/** Takes negotiation out of a stream, wherever it is cut. */
export class TelnetReader {
  readonly facts: TelnetFacts = { columns: 80, rows: 24, terminal: null };
  /** Options that the client told of, in their order: they tell clients apart. */
  readonly told: string[] = [];
  #rest: number[] = [];
  #afterReturn = false;

  /** @returns what the user typed, and what must be answered */
  take(bytes: Uint8Array): { typed: Buffer; answer: Buffer } {
    const all = [...this.#rest, ...bytes];
    this.#rest = [];
    const typed: number[] = [];
    const answer: Buffer[] = [];
    let at = 0;
    while (at < all.length) {
      const byte = all[at] as number;
      if (byte !== iac) {
        // A return is sent as CR NUL or CR LF.
        if (!(this.#afterReturn && (byte === 0 || byte === 10))) typed.push(byte);
        this.#afterReturn = byte === 13;
        at += 1;
        continue;
      }
      const length = commandLength(all, at);
      if (length === null) {
        // A subnegotiation without an end would be kept for ever.
        this.#rest = all.slice(at, at + 1024);
        break;
      }
      if (all[at + 1] === iac) typed.push(iac);
      else this.#command(all.slice(at + 1, at + length), answer);
      at += length;
    }
    return { typed: Buffer.from(typed), answer: Buffer.concat(answer) };
  }

  #command([verb = 0, option = 0, ...rest]: readonly number[], answer: Buffer[]): void {
    if (verb === will || verb === wont || verb === ask || verb === refuse) {
      if (this.told.length < 64) this.told.push(`${verb}:${option}`);
      if (verb === will && option === terminalType) answer.push(nameTerminal);
      // Nobody asked for more than the opening does.
      if (verb === will && ![terminalType, 32, 35, 39, windowSize].includes(option))
        answer.push(Buffer.from([iac, refuse, option]));
      if (verb === ask && option !== 1 && option !== 3) answer.push(Buffer.from([iac, wont, option]));
      return;
    }
    if (verb !== sub) return;
    if (option === windowSize && rest.length >= 4) {
      const [high = 0, low = 0, tall = 0, short = 0] = rest;
      this.facts.columns = Math.min(500, Math.max(20, high * 256 + low));
      this.facts.rows = Math.min(200, Math.max(5, tall * 256 + short));
    }
    if (option === terminalType && rest[0] === 0) {
      const name = Buffer.from(rest.slice(1, 41))
        .toString('latin1')
        .replace(/[^\w.+-]/g, '');
      this.facts.terminal = name.toLowerCase() || null;
    }
  }
}

/** Null: it is not there as a whole. */
function commandLength(all: readonly number[], at: number): number | null {
  const verb = all[at + 1];
  if (verb === undefined) return null;
  if (verb === sub) {
    for (let next = at + 2; next + 1 < all.length; next += 1)
      if (all[next] === iac && all[next + 1] === end) return next + 2 - at;
    return null;
  }
  if (verb >= will && verb <= refuse) return all.length > at + 2 ? 3 : null;
  return 2;
}

/** Output for the client: 255 is told twice. */
export const outgoing = (bytes: Uint8Array): Uint8Array =>
  bytes.includes(iac) ? Uint8Array.from([...bytes].flatMap((byte) => (byte === iac ? [iac, iac] : [byte]))) : bytes;
