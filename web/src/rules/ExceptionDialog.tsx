import { useMutation } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import type { RuleListed } from '../api/types.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, TextArea } from '../ui/Field.tsx';
import { fieldName, localTime, zoneName } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Failure } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { ExceptionEffect } from './ExceptionEffect.tsx';
import { type Candidate, entityOf, type Row, selectionOf, selectionParts } from './exception.ts';
import { localInput } from './MuteDialog.tsx';
import { RuleText } from './RuleRow.tsx';
import { addException, removeException } from './upkeep-actions.ts';

const dayMs = 86_400_000;
const expiries = [
  ['1', '1 day'],
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['never', 'Never'],
  ['at', 'On …'],
] as const;
type Expiry = (typeof expiries)[number][0];

const emptyRow = (key: number): Row => ({ key, field: '', values: [''], chosen: true, typed: true, grouped: false });

/** “Never for this source, for this user”: what a rule is to say nothing about, why, and until when. */
export function ExceptionDialog({
  rule,
  candidates,
  onClose,
}: {
  rule: Pick<RuleListed, 'id' | 'name'>;
  /** What an alert offers; without any the fields are typed. */
  candidates: readonly Candidate[];
  onClose: () => void;
}) {
  const [rows, setRows] = useState<Row[]>(() =>
    candidates.length > 0 ? candidates.map((candidate, key) => ({ ...candidate, key, typed: false })) : [emptyRow(0)],
  );
  const [reason, setReason] = useState('');
  const [expiry, setExpiry] = useState<Expiry>('30');
  const [at, setAt] = useState(() => localInput(new Date(Date.now() + 30 * dayMs)));
  const [now] = useState(() => Date.now());
  const [touched, setTouched] = useState(false);

  const entity = entityOf(rows);
  const selection = selectionOf(rows);
  const parts = selectionParts(selection);
  const expires = expiry === 'never' ? null : expiry === 'at' ? new Date(at) : new Date(now + Number(expiry) * dayMs);
  const isFuture = expires === null || expires.getTime() > now;
  const faults = {
    selection: parts.length === 0 ? 'Choose at least one field: without any, the rule would say nothing at all.' : null,
    reason: reason.trim() === '' ? 'Say why, for whoever finds this exception in a year.' : null,
    expiry: isFuture ? null : 'A time in the future is needed.',
  };
  const isComplete = !faults.selection && !faults.reason && !faults.expiry;
  const set = (key: number, change: Partial<Row>) =>
    setRows((before) => before.map((row) => (row.key === key ? { ...row, ...change } : row)));

  const save = useMutation({
    mutationFn: () =>
      addException(rule.id, {
        name: `Not for ${parts.map(({ text }) => text).join(', ')}`.slice(0, 200),
        selection,
        reason: reason.trim(),
        expires_at: expires?.toISOString() ?? null,
      }),
    onSuccess: (made) => {
      onClose();
      toast.success('Exception added: it holds from the next event on', {
        action: { label: 'Undo', onClick: () => void removeException(made) },
      });
    },
  });

  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={
        <>
          Exception to <RuleText text={rule.name} />
        </>
      }
      note="Events that fit all of it do not count for this rule. Other rules still look at them."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={save.isPending} onClick={() => (isComplete ? save.mutate() : setTouched(true))}>
            Add the exception
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setTouched(true);
          if (isComplete) save.mutate();
        }}
      >
        <fieldset className="flex min-w-0 flex-col gap-2">
          <legend className="mb-1 text-xs font-medium text-muted">Never when</legend>
          {rows.map((row) =>
            row.typed ? (
              <TypedRow
                key={row.key}
                row={row}
                onChange={(change) => set(row.key, change)}
                onRemove={() => setRows((before) => before.filter(({ key }) => key !== row.key))}
              />
            ) : (
              <SeenRow key={row.key} row={row} onChange={(change) => set(row.key, change)} />
            ),
          )}
          <Button
            size="small"
            kind="ghost"
            className="self-start"
            onClick={() => setRows((before) => [...before, emptyRow(Math.max(0, ...before.map(({ key }) => key)) + 1)])}
          >
            <Plus className="size-3.5" aria-hidden="true" /> Another field
          </Button>
          {rows.some((row) => row.typed) && (
            <p className="text-xs text-faint">
              In a typed value * stands for anything and ? for one character. A field may carry a Sigma modifier, such
              as src_ip|cidr with 192.0.2.0/24.
            </p>
          )}
          {touched && faults.selection && (
            <p className="text-xs text-bad" role="alert">
              {faults.selection}
            </p>
          )}
        </fieldset>
        <TextArea
          label="Reason"
          rows={2}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          placeholder="The backup host logs in with an old key until it is replaced."
          error={touched ? faults.reason : null}
        />
        <div className="flex flex-col gap-2">
          <span className="text-xs font-medium text-muted">It ends</span>
          <div className="thin-scroll overflow-x-auto">
            <Choice label="It ends" value={expiry} options={expiries} onChange={setExpiry} />
          </div>
          {expiry === 'at' && (
            <Field
              quiet
              label={`Ends on (${zoneName(new Date(now))})`}
              type="datetime-local"
              value={at}
              min={localInput(new Date(now))}
              onChange={(event) => setAt(event.target.value)}
              error={faults.expiry}
              className="max-w-64"
            />
          )}
          <p className="text-xs text-faint">
            {expires === null
              ? 'It holds until somebody removes it. What was once true seldom stays so: an end is better.'
              : isFuture && `It holds until ${localTime(expires)} (${zoneName(expires)}).`}
          </p>
        </div>
        {parts.length > 0 && <Summary rule={rule.name} parts={parts} />}
        {entity && <ExceptionEffect ruleId={rule.id} entity={entity} />}
        {save.isError && <Failure error={save.error} />}
        {/* Enter in a field sends the form. */}
        <button type="submit" hidden tabIndex={-1}>
          Add the exception
        </button>
      </form>
    </Dialog>
  );
}

function Summary({ rule, parts }: { rule: string; parts: readonly { field: string; text: string }[] }) {
  return (
    <p className="rounded-md border bg-bg p-3 text-muted">
      “<RuleText text={rule} />” will say nothing about events where{' '}
      {parts.map(({ field, text }, index) => (
        <span key={field}>
          {index > 0 && ' and '}
          <LogText text={field} limit={80} className="text-text" /> is{' '}
          <LogText text={text} limit={200} className="text-text" />
        </span>
      ))}
      .
    </p>
  );
}

/** A value that was seen: taken or not. */
function SeenRow({ row, onChange }: { row: Row; onChange: (change: Partial<Row>) => void }) {
  return (
    <label className="flex min-w-0 cursor-pointer items-start gap-2.5 rounded-md border px-2.5 py-1.5 has-checked:border-accent/50 has-checked:bg-accent-soft">
      <input
        type="checkbox"
        checked={row.chosen}
        onChange={(event) => onChange({ chosen: event.target.checked })}
        className="mt-0.5 size-4 shrink-0 accent-(--accent)"
      />
      <span className="w-32 shrink-0 text-muted" title={row.field}>
        {fieldName(row.field)}
      </span>
      <span className="min-w-0">
        <LogText text={row.values.join(' or ')} limit={300} />
      </span>
    </label>
  );
}

function TypedRow({
  row,
  onChange,
  onRemove,
}: {
  row: Row;
  onChange: (change: Partial<Row>) => void;
  onRemove: () => void;
}) {
  return (
    <div className="flex items-start gap-2">
      <Field
        quiet
        label="Field"
        placeholder="src_ip"
        value={row.field}
        spellCheck={false}
        onChange={(event) => onChange({ field: event.target.value })}
        className="w-2/5"
      />
      <Field
        quiet
        label="Value"
        placeholder="192.0.2.10"
        value={row.values[0] ?? ''}
        spellCheck={false}
        onChange={(event) => onChange({ values: [event.target.value] })}
        className="grow"
      />
      <IconButton label="Remove this field" onClick={onRemove}>
        <X aria-hidden="true" />
      </IconButton>
    </div>
  );
}
