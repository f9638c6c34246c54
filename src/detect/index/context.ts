import type { Event, FieldValue } from '../../model/index.ts';
import type { Field } from '../form.ts';
import { type Accessor, accessor, fieldKey, fold, isLowerCase, keywordText, textOf } from './field.ts';
import { forgetNames } from './names.ts';

/** Number of a field in the context. */
export type Slot = number;

/** The text(s) of a field: several where it is an array, null where it is absent or has no text. */
export type Texts = string | readonly string[] | null;

/** The fields that a set of rules reads, each once. */
export class Slots {
  readonly accessors: Accessor[] = [];
  /** Whether the values are lower case as they are. */
  readonly lower: boolean[] = [];
  readonly #numbers = new Map<string, Slot>();
  readonly #shared = new Map<string, number>();

  of(field: Field): Slot {
    // raw and message are the same through both views.
    const shared = field.path === 'raw' || field.path === 'message' ? { ...field, view: 'event' as const } : field;
    return this.#slot(fieldKey(shared), accessor(shared), isLowerCase(shared));
  }

  /** Number of a test that several rules may share: it is asked once per event (see {@link Context.remember}). */
  shared(key: string): number {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const number = this.#shared.size;
    this.#shared.set(key, number);
    return number;
  }

  get sharedTests(): number {
    return this.#shared.size;
  }

  /** The slot of the text that keywords are searched in. */
  keywords(): Slot {
    return this.#slot('keywords', keywordText, false);
  }

  #slot(key: string, read: Accessor, lower: boolean): Slot {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const slot = this.accessors.length;
    this.accessors.push(read);
    this.lower.push(lower);
    this.#numbers.set(key, slot);
    return slot;
  }
}

/** What is known about the event at hand: every field is read, made text and folded at most once. */
export class Context {
  event!: Event;
  readonly #slots: Slots;
  #epoch = 0;
  readonly #values: (FieldValue | undefined)[] = [];
  readonly #texts: Texts[] = [];
  readonly #folded: Texts[] = [];
  #valueAt = new Float64Array(0);
  #textAt = new Float64Array(0);
  #foldedAt = new Float64Array(0);
  /** By number of the shared test: plus or minus the epoch of its last answer, by the answer. */
  #answers = new Float64Array(0);

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  begin(event: Event): void {
    forgetNames();
    this.event = event;
    this.#epoch += 1;
    if (this.#valueAt.length !== this.#slots.accessors.length) this.#grow();
    if (this.#answers.length !== this.#slots.sharedTests) this.#answers = new Float64Array(this.#slots.sharedTests);
  }

  #grow(): void {
    const size = this.#slots.accessors.length;
    this.#valueAt = new Float64Array(size);
    this.#textAt = new Float64Array(size);
    this.#foldedAt = new Float64Array(size);
    for (let slot = this.#values.length; slot < size; slot += 1) {
      this.#values.push(undefined);
      this.#texts.push(null);
      this.#folded.push(null);
    }
  }

  /** The answer of a shared test, asked at most once per event. */
  remember(test: number, ask: (context: Context) => boolean): boolean {
    const known = this.#answers[test];
    if (known === this.#epoch) return true;
    if (known === -this.#epoch) return false;
    const answer = ask(this);
    this.#answers[test] = answer ? this.#epoch : -this.#epoch;
    return answer;
  }

  value(slot: Slot): FieldValue | undefined {
    if (this.#valueAt[slot] === this.#epoch) return this.#values[slot];
    this.#valueAt[slot] = this.#epoch;
    const value = (this.#slots.accessors[slot] as Accessor)(this.event);
    this.#values[slot] = value;
    return value;
  }

  text(slot: Slot): Texts {
    if (this.#textAt[slot] === this.#epoch) return this.#texts[slot] as Texts;
    this.#textAt[slot] = this.#epoch;
    const value = this.value(slot);
    const texts = typeof value === 'string' ? value : Array.isArray(value) ? elementTexts(value) : textOf(value);
    this.#texts[slot] = texts;
    return texts;
  }

  folded(slot: Slot): Texts {
    if (this.#foldedAt[slot] === this.#epoch) return this.#folded[slot] as Texts;
    this.#foldedAt[slot] = this.#epoch;
    const text = this.text(slot);
    const folded =
      text === null || this.#slots.lower[slot] ? text : typeof text === 'string' ? fold(text) : text.map(fold);
    this.#folded[slot] = folded;
    return folded;
  }
}

function elementTexts(values: readonly FieldValue[]): readonly string[] | null {
  const texts: string[] = [];
  for (const value of values) {
    const text = textOf(value);
    if (text !== null) texts.push(text);
  }
  return texts.length === 0 ? null : texts;
}
