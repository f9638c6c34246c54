import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { RuleListed } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field } from '../ui/Field.tsx';
import { plural } from '../ui/format.ts';
import { Failure } from '../ui/States.tsx';
import { RuleText } from './RuleRow.tsx';
import { defaultBudget } from './rule-list.ts';
import { setBudget } from './upkeep-actions.ts';

/** How many alerts a day the rule may raise before it becomes a signal. */
export function BudgetDialog({ rule, onClose }: { rule: RuleListed; onClose: () => void }) {
  const [text, setText] = useState(rule.noise_budget === null ? '' : String(rule.noise_budget));
  const value = text.trim() === '' ? null : Number(text);
  const isValid = value === null || (Number.isInteger(value) && value >= 0 && value <= 10_000);
  const save = useMutation({ mutationFn: () => setBudget(rule, value), onSuccess: onClose });
  return (
    <Dialog
      open
      onClose={onClose}
      title={
        <>
          Noise budget of <RuleText text={rule.name} />
        </>
      }
      note="Above it the rule is a signal: its new alerts are kept as info, out of the way, until it is quieter."
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isValid) save.mutate();
        }}
      >
        <p className="text-muted">{plural(rule.alerts_24h, 'alert')} in the last 24 hours.</p>
        <Field
          label="Alerts a day"
          inputMode="numeric"
          value={text}
          placeholder={`${defaultBudget}, the default`}
          onChange={(event) => setText(event.target.value)}
          hint={`Empty: the default of ${defaultBudget} a day applies.`}
          error={isValid ? null : 'A whole number from 0 to 10,000, or nothing.'}
        />
        {save.isError && <Failure error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={save.isPending} disabled={!isValid}>
            Set the budget
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
