import { useEffect, useRef } from 'react';
import { places } from './navigation.ts';

/** `key` as the browser names it, in lower case (`j`, `enter`, `?`), `shift+a`, or two in a row: `g a`. */
export type Keymap = Record<string, (event: KeyboardEvent) => void>;

/** Time for the second key of a sequence, ms. */
const sequenceMs = 1500;
let prefix = '';
let prefixAt = 0;

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('input:not([type=checkbox]), textarea, select, [role="textbox"]') !== null)
  );
}

/** Keys inside an open dialog or menu belong to it. */
function insideOverlay(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

/** Enter and Space on a control press that control. */
function pressesControl(event: KeyboardEvent): boolean {
  return (
    (event.key === 'Enter' || event.key === ' ') &&
    event.target instanceof HTMLElement &&
    event.target.closest('button, a, summary, [role="button"], [role="switch"], [role="tab"]') !== null
  );
}

/** Keymaps of what is mounted, as functions, so that each press sees the latest. */
const keymaps = new Set<() => Keymap>();

/** What a key does: what was mounted last has the word, so that a screen's own keys come before those of the frame. */
function find(key: string): ((event: KeyboardEvent) => void) | undefined {
  for (const keymap of [...keymaps].reverse()) {
    const action = keymap()[key];
    if (action) return action;
  }
  return undefined;
}

const startsSequence = (key: string): boolean =>
  [...keymaps].some((keymap) => Object.keys(keymap()).some((name) => name.startsWith(`${key} `)));

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target) || insideOverlay(event.target) || pressesControl(event)) return;
  const name = event.key.toLowerCase();
  const key = event.shiftKey && /^[a-z]$/.test(name) ? `shift+${name}` : name;
  const pending = event.timeStamp - prefixAt < sequenceMs ? prefix : '';
  prefix = '';
  // The second key of a sequence never acts as a key of its own: `g a` must not acknowledge anything.
  const action = pending ? find(`${pending} ${key}`) : find(key);
  if (!action && !pending && startsSequence(key)) {
    prefix = key;
    prefixAt = event.timeStamp;
  }
  if (!action) return;
  event.preventDefault();
  action(event);
});

/** Page-wide shortcuts. Nothing fires while someone types into a field, or inside an open dialog. */
export function useKeys(keymap: Keymap): void {
  const latest = useRef(keymap);
  useEffect(() => {
    latest.current = keymap;
  });
  useEffect(() => {
    const current = () => latest.current;
    keymaps.add(current);
    return () => void keymaps.delete(current);
  }, []);
}

/** Everything the `?` sheet shows. The screens implement it. */
export const shortcuts: { title: string; keys: [string, string][] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['⌘K / Ctrl K', 'Search pages and actions'],
      ...places.map(({ key, name }): [string, string] => [`g ${key}`, name]),
      ['/', 'The search field of the page'],
      ['t', 'Dark or light'],
      ['?', 'This sheet'],
    ],
  },
  {
    title: 'Alert queue',
    keys: [
      ['j / k', 'Next, previous'],
      ['Enter', 'Open, or unfold a group'],
      ['x', 'Select'],
      ['a', 'Acknowledge (the selection, else the alert under the cursor)'],
      ['Shift a', 'Acknowledge everything listed'],
      ['f', 'False positive: close'],
      ['e', 'In progress'],
      ['n', 'Show the new alerts'],
      ['/', 'Filter by text'],
      ['Esc', 'Clear the selection'],
    ],
  },
  {
    title: 'Alert',
    keys: [
      ['a', 'Acknowledge'],
      ['j / k', 'Next, previous alert of the queue'],
      ['r', 'Raw lines or fields'],
      ['Esc', 'Back to the queue'],
    ],
  },
  {
    title: 'Incidents',
    keys: [
      ['j / k', 'Next, previous'],
      ['Enter', 'Open'],
      ['o', 'Take it, or give it back'],
      ['e', 'In progress'],
      ['c', 'Close'],
      ['/', 'Filter by text'],
    ],
  },
  {
    title: 'Incident',
    keys: [
      ['n', 'Write a note (Ctrl Enter adds it)'],
      ['o', 'Take it, or give it back'],
      ['e', 'In progress, also once it is closed'],
      ['c', 'Close'],
      ['1 2 3', 'Timeline, attack chain, alerts'],
      ['j / k', 'Next, previous incident of the list'],
      ['Esc', 'Back to the list'],
    ],
  },
  {
    title: 'Threats',
    keys: [
      ['j / k', 'Next, previous'],
      ['Enter', 'Details'],
    ],
  },
  {
    title: 'Search',
    keys: [
      ['/', 'The query bar (Tab takes what is offered, Enter searches)'],
      ['j / k', 'Next, previous hit'],
      ['Enter', 'Details of the hit'],
      ['w', 'Lines around the open hit'],
      ['v', 'Table, raw lines, JSON'],
      ['s', 'Save the search'],
      ['m', 'Make a rule of the search'],
      ['x', 'Cancel the search that runs'],
      ['Esc', 'Close the details'],
    ],
  },
  {
    title: 'Rules',
    keys: [
      ['/', 'Search'],
      ['j / k', 'Next, previous'],
      ['Enter', 'Open'],
      ['x', 'Select'],
      ['Shift x', 'Select everything listed'],
      ['e', 'Switch on or off (the selection, else the rule under the cursor)'],
      ['m', 'Mute'],
      ['n', 'New rule'],
      ['i', 'Import'],
      ['Esc', 'Clear the selection'],
    ],
  },
  {
    title: 'Coverage',
    keys: [
      ['/', 'Search'],
      ['Arrows', 'Walk the matrix (Home and End: of a tactic)'],
      ['Enter', 'What looks for the technique, and what is missing'],
    ],
  },
  {
    title: 'Sources',
    keys: [
      ['/', 'Search'],
      ['n', 'Add a log file'],
    ],
  },
  {
    title: 'Rule',
    keys: [
      ['⌘S / Ctrl S', 'Save'],
      ['Ctrl Space', 'Complete: keys, fields, values'],
      ['F8', 'Next fault in the text'],
      ['Esc', 'Back to the rules; asks where something is not saved'],
    ],
  },
  {
    title: 'Live tail',
    keys: [
      ['Space', 'Pause, resume'],
      ['j / k', 'Next, previous line (pauses)'],
      ['Enter', 'Details of the line'],
      ['/', 'Filter by text'],
      ['r', 'Whole raw lines'],
      ['c', 'Clear'],
    ],
  },
];
