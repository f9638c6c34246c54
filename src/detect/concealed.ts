import { type ClauseResult, concealValue, type Event } from '../model/index.ts';

/** An event some of whose values were taken out of it after it was matched. */
interface Concealed {
  /** As it was when it was matched. */
  original: Event;
  /** Puts markers in the place of what was taken out. */
  conceal: (text: string) => string;
}

/** Kept as long as somebody holds the event, never on a disk. */
const concealed = new WeakMap<Event, Concealed>();

/** To be called once an event was matched and before its matches are correlated. */
export function rememberConcealed(event: Event, how: Concealed): void {
  concealed.set(event, how);
}

/** Explains an event as it was when it was matched, and says markers where it says values that were taken out. */
export function explainConcealed(event: Event, explain: (event: Event) => ClauseResult): ClauseResult {
  const how = concealed.get(event);
  if (how === undefined) return explain(event);
  const { original, conceal } = how;
  const told = (clause: ClauseResult): ClauseResult => {
    const { at } = clause;
    const text = at === null ? '' : conceal(original.raw.slice(at.offset, at.offset + at.length));
    const offset = text === '' ? -1 : event.raw.indexOf(text);
    return {
      ...clause,
      value: concealValue(clause.value, conceal),
      at: offset < 0 ? null : { offset, length: text.length },
      children: clause.children.map(told),
    };
  };
  return told(explain(original));
}
