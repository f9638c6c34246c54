/**
 * Cuts a TCP stream into syslog messages, RFC 6587.
 *
 * Octet counting (`37 <34>Oct …`) is told from newline framing by the first message: a count of up to seven digits, one
 * space and the `<` of a priority. Without the `<`, `2026 Nov 21 …` from a sender that sends no priority would be taken
 * for a count. In newline framing a message ends at LF, CRLF or NUL.
 *
 * A sender that miscounts is not given up: where a count should be and is none, the text up to the next line end is a
 * message of its own, and counting goes on after it.
 *
 * The result depends on the bytes alone, never on how they were split into packets.
 */
export interface Framer {
  /** Calls back for each message that is now complete, in order. The bytes are valid during the call only. */
  push(data: Buffer): void;
  /** The stream ended: what is left is a message too. */
  end(): void;
  /** Bytes of an unfinished message that are held. */
  readonly pending: number;
}

const space = 32;
const lessThan = 60;
const maxCountDigits = 7;

type State = 'detect' | 'count' | 'body' | 'line' | 'stray';

/** @param onMessage `isCut`: the message was longer than `maxBytes` and its rest was left out, or it ended early. */
export function createFramer(
  maxBytes: number,
  onMessage: (bytes: Buffer, from: number, to: number, isCut: boolean) => void,
): Framer {
  let state: State = 'detect';
  /** The beginning of the message that goes on in the next packet. */
  let held: Buffer = Buffer.allocUnsafeSlow(0);
  let heldBytes = 0;
  /** Bytes of the unfinished message so far, those left out included. */
  let seen = 0;
  /** In `body`: bytes still to come. */
  let missing = 0;

  /** Keeps `[from, to)` of an unfinished message, as far as a message may reach. */
  function hold(data: Buffer, from: number, to: number): void {
    seen += to - from;
    const take = Math.min(to - from, maxBytes - heldBytes);
    if (take <= 0) return;
    if (held.length < heldBytes + take) {
      const size = Math.min(maxBytes, Math.max(256, (heldBytes + take) * 2));
      const grown = Buffer.allocUnsafeSlow(size);
      held.copy(grown, 0, 0, heldBytes);
      held = grown;
    }
    data.copy(held, heldBytes, from, from + take);
    heldBytes += take;
  }

  function drop(): void {
    // A connection that once sent a long message should not keep its memory.
    if (held.length > 8192) held = Buffer.allocUnsafeSlow(0);
    heldBytes = 0;
    seen = 0;
  }

  /** Hands over the held bytes and `[from, to)` as one message. */
  function emit(data: Buffer, from: number, to: number, isUnfinished = false): void {
    if (seen > 0) {
      hold(data, from, to);
      const isCut = isUnfinished || seen > maxBytes;
      handOver(held, 0, heldBytes, isCut);
      drop();
    } else {
      handOver(data, from, Math.min(to, from + maxBytes), isUnfinished || to - from > maxBytes);
    }
  }

  /** Cuts line ends off the end; what is empty then (a blank line between messages) is no message. */
  function handOver(bytes: Buffer, from: number, to: number, isCut: boolean): void {
    let end = to;
    while (end > from && isTerminator(bytes[end - 1])) end -= 1;
    if (end > from) onMessage(bytes, from, end, isCut);
  }

  /** Lines up to the end of the packet. Returns where to go on, which is earlier only if `once` and a line ended. */
  function lines(data: Buffer, at: number, once: boolean): number {
    let from = at;
    let nul = data.indexOf(0, from);
    for (;;) {
      const newline = data.indexOf(10, from);
      if (nul !== -1 && nul < from) nul = data.indexOf(0, from);
      const end = newline === -1 || (nul !== -1 && nul < newline) ? nul : newline;
      if (end === -1) break;
      emit(data, from, end);
      from = end + 1;
      if (once) {
        state = 'count';
        return from;
      }
    }
    hold(data, from, data.length);
    return data.length;
  }

  /**
   * Reads a count. The held bytes and those from `at` on must be `DIGITS SP`, and `<` after it for the first one.
   * Returns where to go on.
   */
  function count(data: Buffer, at: number): number {
    let from = at;
    // Line ends between messages belong to nobody; some senders count and end the line as well.
    while (seen === 0 && from < data.length && isTerminator(data[from])) from += 1;
    if (seen === 0 && state === 'count') {
      const bodyAt = wholeCount(data, from);
      if (bodyAt !== null) return bodyAt;
    }
    for (let i = from; i < data.length; i += 1) {
      const verdict = judge(data[i]);
      if (verdict === 'wait') {
        hold(data, i, i + 1);
        continue;
      }
      if (verdict === 'no') {
        // What is held is the beginning of a line, which this byte may end.
        state = state === 'detect' ? 'line' : 'stray';
        return i;
      }
      missing = Number.parseInt(held.toString('latin1', 0, heldBytes), 10);
      drop();
      // The `<` that settled it is the first byte of the message; a space is not.
      const bodyAt = state === 'detect' ? i : i + 1;
      state = 'body';
      return bodyAt;
    }
    return data.length;
  }

  /** The usual case, a count that lies within one packet: without holding anything. */
  function wholeCount(data: Buffer, from: number): number | null {
    let value = 0;
    let i = from;
    for (; i < data.length && i - from <= maxCountDigits; i += 1) {
      const digit = (data[i] ?? 0) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (i === from || data[from] === 48 || i - from > maxCountDigits || data[i] !== space) return null;
    missing = value;
    state = 'body';
    return i + 1;
  }

  /** Whether one more byte makes the held ones a count, cannot be one, or leaves it open. */
  function judge(byte: number | undefined): 'yes' | 'no' | 'wait' {
    if (byte === undefined) return 'wait';
    const hasSpace = heldBytes > 0 && held[heldBytes - 1] === space;
    if (hasSpace) return byte === lessThan ? 'yes' : 'no';
    if (byte >= 48 && byte <= 57)
      return heldBytes === 0 && byte === 48 ? 'no' : heldBytes < maxCountDigits ? 'wait' : 'no';
    if (byte !== space || heldBytes === 0) return 'no';
    return state === 'detect' ? 'wait' : 'yes';
  }

  function body(data: Buffer, at: number): number {
    const take = Math.min(missing, data.length - at);
    missing -= take;
    if (missing > 0) {
      hold(data, at, at + take);
      return at + take;
    }
    emit(data, at, at + take);
    state = 'count';
    return at + take;
  }

  return {
    push(data) {
      let at = 0;
      while (at < data.length) {
        switch (state) {
          case 'detect':
          case 'count':
            at = count(data, at);
            break;
          case 'body':
            at = body(data, at);
            break;
          case 'line':
            at = lines(data, at, false);
            break;
          case 'stray':
            at = lines(data, at, true);
            break;
        }
      }
    },
    end() {
      if (seen > 0) emit(Buffer.alloc(0), 0, 0, state === 'body');
      state = 'detect';
      missing = 0;
    },
    get pending() {
      return heldBytes;
    },
  };
}

function isTerminator(byte: number | undefined): boolean {
  return byte === 10 || byte === 13 || byte === 0;
}
