import type { Event } from '../../model/index.ts';
import { isExternalText } from '../address.ts';

/** Told at a time (once a second); the others are only counted. */
const mostTold = 100;
/** Remembered, in each of two halves: the older goes when the younger is full, or after an hour. */
const mostRemembered = 20_000;
const halfMs = 30 * 60_000;

/** Notices external sources of events when they are first seen, or again after at least half an hour of silence. */
export class AddressWatch {
  isWanted = false;
  #young = new Set<string>();
  #old = new Set<string>();
  #new: string[] = [];
  #left = 0;
  #turnedAt = 0;

  note({ src_ip, source_type }: Event): void {
    if (!this.isWanted || src_ip === null || source_type === 'internal') return;
    if (this.#young.has(src_ip)) return;
    const isKnown = this.#old.has(src_ip);
    if (this.#young.size >= mostRemembered) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(src_ip);
    if (isKnown || !isExternalText(src_ip)) return;
    if (this.#new.length < mostTold) this.#new.push(src_ip);
    else this.#left += 1;
  }

  /** What is new since the last call. @param now epoch ms */
  take(now: number): { addresses: string[]; addressesLeft: number } {
    const taken = { addresses: this.#new, addressesLeft: this.#left };
    this.#new = [];
    this.#left = 0;
    if (now - this.#turnedAt > halfMs) {
      this.#turnedAt = now;
      this.#old = this.#young;
      this.#young = new Set();
    }
    return taken;
  }
}
