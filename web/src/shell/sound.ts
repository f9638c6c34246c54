import { useSyncExternalStore } from 'react';
import { readPreference, writePreference } from './storage.ts';

let on = readPreference('sound', 'off') === 'on';
let context: AudioContext | null = null;
let lastBeep = 0;
const listeners = new Set<() => void>();

/** Whether a critical alert is announced by a sound. */
export function useSound(): [boolean, (on: boolean) => void] {
  const value = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => on,
  );
  return [value, setSound];
}

function setSound(next: boolean): void {
  on = next;
  writePreference('sound', next ? 'on' : 'off');
  for (const listener of listeners) listener();
  if (next) play();
}

/** Two short tones; at most one pair in four seconds, so that a storm stays bearable. */
export function criticalBeep(): void {
  const now = Date.now();
  if (!on || now - lastBeep < 4000) return;
  lastBeep = now;
  play();
}

function play(): void {
  try {
    context ??= new AudioContext();
    void context.resume();
    const start = context.currentTime + 0.02;
    for (const [delay, frequency] of [
      [0, 880],
      [0.16, 1175],
    ] as const) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0, start + delay);
      gain.gain.linearRampToValueAtTime(0.18, start + delay + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.001, start + delay + 0.14);
      tone.connect(gain).connect(context.destination);
      tone.start(start + delay);
      tone.stop(start + delay + 0.15);
    }
  } catch {
    // No audio device, or the browser wants a click first: the alert is on the screen all the same.
  }
}
