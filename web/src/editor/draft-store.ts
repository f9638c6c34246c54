import type { FormState } from '../rules/draft.ts';

/** A rule half written, kept in this browser until it is saved or given up. */
export interface KeptDraft {
  form: FormState;
  /** `updated_at` of the rule it was made from; null for a new rule. */
  base: string | null;
  /** When it was last changed, epoch ms. */
  at: number;
}

const nameOf = (user: string, id: string) => `phosor.rule-draft.${user}.${id}`;

export function readDraft(user: string, id: string, fallback: FormState): KeptDraft | null {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(nameOf(user, id)) ?? 'null');
    if (typeof found !== 'object' || found === null || !('form' in found) || !('at' in found)) return null;
    const { form, base, at } = found as KeptDraft;
    // A draft of an older version of this page may lack an input.
    return { form: { ...fallback, ...form }, base: base ?? null, at: Number(at) };
  } catch {
    return null;
  }
}

/** Null forgets it. @returns false where this browser keeps nothing. */
export function keepDraft(user: string, id: string, draft: KeptDraft | null): boolean {
  try {
    if (draft) localStorage.setItem(nameOf(user, id), JSON.stringify(draft));
    else localStorage.removeItem(nameOf(user, id));
    return true;
  } catch {
    return false;
  }
}

/** Sample lines: they may hold secrets, so they end with the tab. */
export function readLines(id: string): string {
  try {
    return sessionStorage.getItem(`phosor.rule-lines.${id}`) ?? '';
  } catch {
    return '';
  }
}

export function keepLines(id: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(`phosor.rule-lines.${id}`, text);
    else sessionStorage.removeItem(`phosor.rule-lines.${id}`);
  } catch {
    // They then hold until the page is left.
  }
}
