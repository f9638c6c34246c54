import { useEffect, useMemo, useRef, useState } from 'react';
import type { RuleJson } from '../api/types.ts';
import { draftOf, type FormState, formOf, newForm } from '../rules/draft.ts';
import { keepDraft, readDraft } from './draft-store.ts';

const stateOf = (rule: RuleJson | null): FormState => (rule ? formOf(rule) : newForm);

/**
 * The rule as it is being written. Changes are kept in this browser with every key, so that a reload, a crash or a closed
 * tab loses nothing.
 *
 * @param rule as the server has it; null for a new one.
 * @param start the kind of a new rule, from the address.
 */
export function useDraft(rule: RuleJson | null, user: string, start: Partial<FormState>) {
  const id = rule?.id ?? 'new';
  /** The version that the changes were made to. */
  const [base, setBase] = useState(rule);
  const [kept] = useState(() => readDraft(user, id, stateOf(rule)));
  const [form, setForm] = useState<FormState>(() => kept?.form ?? { ...stateOf(rule), ...start });
  const [restoredAt, setRestoredAt] = useState(kept?.at ?? null);
  const [baseTime, setBaseTime] = useState(kept ? kept.base : (rule?.updated_at ?? null));
  /** Another number is another text in the editor: it was set, not typed. */
  const [generation, setGeneration] = useState(0);
  const [stored, setStored] = useState(true);
  /** It is saved under another name, or given up: there is nothing left to keep. */
  const closed = useRef(false);

  const draft = useMemo(() => draftOf(form, base), [form, base]);
  const before = useMemo(() => draftOf(rule ? stateOf(rule) : { ...newForm, ...start }, rule), [rule, start]);
  const dirty = JSON.stringify(draft) !== JSON.stringify(before);
  const serverTime = rule?.updated_at ?? null;

  const reset = (next: RuleJson | null) => {
    setBase(next);
    setForm({ ...stateOf(next), ...(next ? {} : start) });
    setBaseTime(next?.updated_at ?? null);
    setRestoredAt(null);
    setGeneration((now) => now + 1);
  };
  // It was changed elsewhere, and nothing here: the newer one is shown.
  if (rule && base && rule.updated_at !== base.updated_at) {
    const untouched = JSON.stringify(draft) === JSON.stringify(draftOf(stateOf(base), base));
    if (untouched) reset(rule);
    else setBase(rule);
  }

  useEffect(() => {
    if (closed.current) return;
    setStored(keepDraft(user, id, dirty ? { form, base: baseTime, at: Date.now() } : null));
  }, [dirty, form, baseTime, user, id]);

  return {
    form,
    draft,
    dirty,
    /** Whether this browser keeps the changes. */
    stored,
    generation,
    /** When the changes were made that were found here on opening; null: there were none. */
    restoredAt: dirty ? restoredAt : null,
    /** Somebody saved the rule after these changes were begun. */
    overtaken: dirty && rule !== null && baseTime !== serverTime,
    set: (change: Partial<FormState>) => setForm((now) => ({ ...now, ...change })),
    /** Gives the changes up. */
    discard: () => {
      keepDraft(user, id, null);
      reset(rule);
    },
    /** What was written is now the rule. */
    saved: (next: RuleJson) => {
      keepDraft(user, id, null);
      closed.current = rule === null;
      setBase(next);
      setBaseTime(next.updated_at);
      setRestoredAt(null);
    },
  };
}
