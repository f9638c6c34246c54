import { useEffect, useEffectEvent } from 'react';

/** `key` as the browser names it, in lower case (`j`, `enter`, `?`), `shift+a`, or two in a row: `g a`. */
export type Keymap = Record<string, (event: KeyboardEvent) => void>;

const sequenceMs = 900;
let prefix = '';
let prefixAt = 0;

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest('input, textarea, select, [role="textbox"]') !== null)
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

/** Page-wide shortcuts. Nothing fires while someone types into a field, or inside an open dialog. */
export function useKeys(keymap: Keymap, enabled = true): void {
  const handle = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || insideOverlay(event.target) || pressesControl(event)) return;
    const name = event.key.toLowerCase();
    const key = event.shiftKey && /^[a-z]$/.test(name) ? `shift+${name}` : name;
    const sequence = event.timeStamp - prefixAt < sequenceMs ? `${prefix} ${key}` : '';
    const action = keymap[sequence] ?? keymap[key];
    if (action) {
      event.preventDefault();
      prefix = '';
      action(event);
    }
  });
  useEffect(() => {
    if (!enabled) return;
    const listener = (event: KeyboardEvent) => handle(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, [enabled]);
}

// Remembers the first key of a two-key shortcut, after every keymap has looked at it.
window.addEventListener('keydown', (event) => {
  prefix = event.key;
  prefixAt = event.timeStamp;
});

/** Everything the `?` sheet shows. The screens implement it. */
export const shortcuts: { title: string; keys: [string, string][] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['⌘K / Ctrl K', 'Search pages and actions'],
      ['g o', 'Overview'],
      ['g a', 'Alerts'],
      ['g l', 'Live tail'],
      ['g r', 'Rules'],
      ['g s', 'Sources'],
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
      ['r', 'Raw lines or fields'],
      ['Esc', 'Back to the queue'],
    ],
  },
  {
    title: 'Live tail',
    keys: [
      ['Space', 'Pause, go on'],
      ['/', 'Filter by text'],
      ['c', 'Clear'],
    ],
  },
];
