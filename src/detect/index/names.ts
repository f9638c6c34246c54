import type { Event } from '../../model/index.ts';

/*
 * Rules ask an event for dozens of fields, and it has few of them. Which names it has at the top is noted once per event,
 * as a set of 32 bits: a bit that is not set says that no such name is there.
 */

let current: Event | null = null;
let bits = 0;
let flat = true;

/** An event is looked at anew: its fields may have changed since. */
export function forgetNames(): void {
  current = null;
}

/** The bit of a name. */
export const bitOf = (name: string): number =>
  1 << ((Math.imul(name.length, 11) + name.charCodeAt(0) + Math.imul(name.charCodeAt(name.length - 1), 3)) & 31);

function look(event: Event): void {
  current = event;
  bits = 0;
  flat = true;
  const { fields } = event;
  for (const name in fields) {
    bits |= bitOf(name);
    const value = fields[name];
    if ((typeof value === 'object' && value !== null) || name.includes('.')) flat = false;
  }
}

/** False: none of the names with these bits is in the event's fields. */
export function mayHave(event: Event, wanted: number): boolean {
  if (event !== current) look(event);
  return (bits & wanted) !== 0;
}

/** Whether no field holds a record or a list, and none is named by a path. */
export function isFlat(event: Event): boolean {
  if (event !== current) look(event);
  return flat;
}
