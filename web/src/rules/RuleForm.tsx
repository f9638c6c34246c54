import { useQuery } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import type { Ref } from 'react';
import { eventTypes, severities } from '../../../src/model/enumerations.ts';
import { ruleFieldsQuery } from '../api/trial.ts';
import type { RuleProblem, RuleType, Severity } from '../api/types.ts';
import type { EditorHandle } from '../editor/CodeEditor.tsx';
import { YamlPane } from '../editor/YamlPane.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { Field, Select, TextArea } from '../ui/Field.tsx';
import { severityNames } from '../ui/Severity.tsx';
import { Switch } from '../ui/Switch.tsx';
import { Choice } from '../ui/Tabs.tsx';
import type { FormState } from './draft.ts';

const kinds: [RuleType, string][] = [
  ['pattern', 'Pattern'],
  ['threshold', 'Threshold'],
  ['correlation', 'Correlation'],
  ['sigma', 'Sigma (YAML)'],
];
const kindNotes: Record<RuleType, string> = {
  pattern: 'Fires on every event whose field matches the expression.',
  threshold: 'Fires when at least this many events have this value within the window.',
  correlation: 'Fires when each condition was met at least once within the window.',
  sigma: 'A Sigma rule, with correlations as further documents after ---.',
};
/** Offered where the server does not say which fields there are. */
const commonFields = [
  'event_type',
  'raw',
  'message',
  'src_ip',
  'user',
  'host',
  'program',
  'format',
  'outcome',
  'severity',
  'dst_ip',
  'dst_port',
  'source',
  'parsed.event_type',
];

interface RuleFormProps {
  form: FormState;
  set: (change: Partial<FormState>) => void;
  missing: Partial<Record<keyof FormState, string>>;
  problems: readonly RuleProblem[];
  readOnly: boolean;
  /** The editor of a Sigma rule, to show a place in it. */
  editor: Ref<EditorHandle>;
}

/** The rule as a form; a Sigma rule as its text. */
export function RuleForm({ form, set, missing, problems, readOnly, editor }: RuleFormProps) {
  const known = useQuery(ruleFieldsQuery).data?.map(({ name }) => name) ?? commonFields;
  const grouping = form.type !== 'sigma' && (
    <Field
      label="Group by"
      list="rule-fields"
      value={form.groupBy}
      onChange={(event) => set({ groupBy: event.target.value })}
      hint="Counted apart for each value of these fields, such as src_ip. Empty: everything shares one count."
    />
  );
  return (
    <fieldset disabled={readOnly} className="flex min-w-0 flex-col gap-4">
      <datalist id="rule-fields">
        {[...new Set([...known, 'raw', 'parsed.event_type'])].map((field) => (
          <option key={field} value={field} />
        ))}
      </datalist>
      <datalist id="event-types">
        {Object.entries(eventTypes).map(([type, note]) => (
          <option key={type} value={type}>
            {note}
          </option>
        ))}
      </datalist>
      <div>
        <span className="float-right flex items-center gap-2 text-xs text-muted">
          <span aria-hidden="true">Enabled</span>
          <Switch label="Enabled" checked={form.enabled} disabled={readOnly} onChange={(enabled) => set({ enabled })} />
        </span>
        <Choice label="Kind of rule" value={form.type} options={kinds} onChange={(type) => set({ type })} />
        <p className="mt-1.5 text-xs text-faint">{kindNotes[form.type]}</p>
      </div>
      {form.type !== 'sigma' && (
        <>
          <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_10rem]">
            <Field
              label="Name"
              value={form.name}
              onChange={(event) => set({ name: event.target.value })}
              error={missing.name}
              maxLength={200}
            />
            <Select
              label="Severity"
              value={form.severity}
              onChange={(event) => set({ severity: event.target.value as Severity })}
              options={severities.map((level) => [level, severityNames[level]] as const)}
            />
          </div>
          <TextArea
            label="Description"
            rows={2}
            value={form.description}
            onChange={(event) => set({ description: event.target.value })}
            hint="What it means when this fires, and what to look at first."
          />
        </>
      )}
      {form.type === 'pattern' && (
        <>
          <div className="grid gap-4 sm:grid-cols-[10rem_minmax(0,1fr)]">
            <Field
              label="Field"
              list="rule-fields"
              value={form.field}
              onChange={(event) => set({ field: event.target.value })}
              error={missing.field}
            />
            <Field
              label="Regular expression"
              value={form.regex}
              spellCheck={false}
              onChange={(event) => set({ regex: event.target.value })}
              error={form.regex ? problems.find((problem) => problem.level === 'error')?.message : missing.regex}
            />
          </div>
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={form.caseSensitive}
              onChange={(event) => set({ caseSensitive: event.target.checked })}
              className="size-4 accent-(--accent)"
            />
            Case-sensitive
          </label>
          {grouping}
        </>
      )}
      {form.type === 'threshold' && (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field
              label="Field"
              list="rule-fields"
              value={form.field}
              onChange={(event) => set({ field: event.target.value })}
              error={missing.field}
            />
            <Field
              label="Value"
              list="event-types"
              value={form.value}
              onChange={(event) => set({ value: event.target.value })}
            />
            <Field
              label="Count, at least"
              inputMode="numeric"
              value={form.count}
              onChange={(event) => set({ count: event.target.value })}
              error={missing.count}
            />
            <Field
              label="Window, seconds"
              inputMode="numeric"
              value={form.seconds}
              onChange={(event) => set({ seconds: event.target.value })}
              error={missing.seconds}
            />
          </div>
          {grouping}
        </>
      )}
      {form.type === 'correlation' && (
        <>
          <Conditions form={form} set={set} error={missing.conditions} />
          <div className="grid gap-4 sm:grid-cols-2">
            <Field
              label="Window, seconds"
              inputMode="numeric"
              value={form.seconds}
              onChange={(event) => set({ seconds: event.target.value })}
              error={missing.seconds}
            />
            {grouping}
          </div>
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={form.ordered}
              onChange={(event) => set({ ordered: event.target.checked })}
              className="size-4 accent-(--accent)"
            />
            In this order only
          </label>
        </>
      )}
      {form.type === 'sigma' && (
        <YamlPane
          editor={editor}
          value={form.yaml}
          onChange={(yaml) => set({ yaml })}
          problems={problems}
          readOnly={readOnly}
        />
      )}
    </fieldset>
  );
}

function Conditions({ form, set, error }: { form: FormState; set: RuleFormProps['set']; error: string | undefined }) {
  const change = (index: number, part: Partial<FormState['conditions'][number]>) =>
    set({ conditions: form.conditions.map((each, at) => (at === index ? { ...each, ...part } : each)) });
  const add = () => {
    const id = Math.max(0, ...form.conditions.map((condition) => condition.id)) + 1;
    set({ conditions: [...form.conditions, { id, field: 'event_type', value: '' }] });
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-xs font-medium text-muted">Conditions</legend>
      {form.conditions.map((condition, index) => (
        <div key={condition.id} className="flex items-center gap-2">
          <span className="tabular w-4 text-right text-xs text-faint">{index + 1}</span>
          <Field
            quiet
            label={`Field of condition ${index + 1}`}
            list="rule-fields"
            value={condition.field}
            onChange={(event) => change(index, { field: event.target.value })}
            className="w-40"
          />
          <span className="text-faint">=</span>
          <Field
            quiet
            label={`Value of condition ${index + 1}`}
            list="event-types"
            value={condition.value}
            onChange={(event) => change(index, { value: event.target.value })}
            className="grow"
          />
          <IconButton
            label={`Remove condition ${index + 1}`}
            disabled={form.conditions.length < 2}
            onClick={() => set({ conditions: form.conditions.filter((_, at) => at !== index) })}
          >
            <Trash2 aria-hidden="true" />
          </IconButton>
        </div>
      ))}
      {error && (
        <p role="alert" className="text-xs text-bad">
          {error}
        </p>
      )}
      <Button size="small" kind="ghost" className="self-start" onClick={() => add()}>
        <Plus className="size-4" aria-hidden="true" /> Condition
      </Button>
    </fieldset>
  );
}
