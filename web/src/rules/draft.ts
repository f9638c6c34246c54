import type { RuleDraft, RuleJson, RuleType, Severity } from '../api/types.ts';

/**
 * What the form holds: everything as text, for every kind of rule at once, so that changing the kind and back loses nothing.
 */
export interface Condition {
  /** Tells conditions apart while they are edited; never sent. */
  id: number;
  field: string;
  value: string;
}

export interface FormState {
  name: string;
  description: string;
  type: RuleType;
  severity: Severity;
  enabled: boolean;
  field: string;
  regex: string;
  caseSensitive: boolean;
  value: string;
  count: string;
  seconds: string;
  groupBy: string;
  conditions: Condition[];
  ordered: boolean;
  yaml: string;
}

const sampleYaml = `title: Failed logins from one address
status: experimental
description: Several failed SSH logins.
logsource:
  product: linux
  service: sshd
detection:
  selection:
    event_type: auth.failure
  condition: selection
level: medium
`;

export const newForm: FormState = {
  name: '',
  description: '',
  type: 'threshold',
  severity: 'medium',
  enabled: true,
  field: 'event_type',
  regex: '',
  caseSensitive: false,
  value: 'auth.failure',
  count: '5',
  seconds: '60',
  groupBy: 'src_ip',
  conditions: [
    { id: 1, field: 'event_type', value: 'auth.failure' },
    { id: 2, field: 'event_type', value: 'auth.success' },
  ],
  ordered: true,
  yaml: sampleYaml,
};

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

export function formOf(rule: RuleJson): FormState {
  const config: Record<string, unknown> = { ...rule.config };
  const groupBy = config.group_by;
  const base: FormState = {
    ...newForm,
    name: rule.name,
    description: rule.description,
    type: rule.type,
    severity: rule.severity_level,
    enabled: rule.enabled,
    groupBy: Array.isArray(groupBy) ? groupBy.join(', ') : typeof groupBy === 'string' ? groupBy : '',
  };
  const text = (name: string, fallback: string) => (config[name] === undefined ? fallback : String(config[name]));
  if (rule.type === 'sigma') return { ...base, yaml: text('yaml', '') };
  if (rule.type === 'pattern') {
    return {
      ...base,
      field: text('field', 'raw'),
      regex: text('regex', ''),
      caseSensitive: config.case_sensitive === true,
    };
  }
  if (rule.type === 'threshold') {
    return {
      ...base,
      field: text('field', ''),
      value: text('value', ''),
      count: text('count', ''),
      seconds: text('window_seconds', ''),
    };
  }
  const conditions = Array.isArray(config.conditions)
    ? (config.conditions as { field: unknown; value: unknown }[])
    : [];
  return {
    ...base,
    conditions: conditions.map(({ field, value }, index) => ({
      id: index + 1,
      field: String(field),
      value: String(value),
    })),
    seconds: text('within_seconds', ''),
    ordered: config.ordered === true,
  };
}

/** A value as it was meant: the rule that is edited tells whether it was a number or a word. */
function scalar(text: string, before: unknown): string | number | boolean {
  if (typeof before === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (typeof before === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** What is sent. Keys of `config` that the form does not know stay as they were. */
export function draftOf(form: FormState, before: RuleJson | null): RuleDraft {
  const old: Record<string, unknown> = before?.type === form.type ? { ...before.config } : {};
  const { group_by: _groupBy, ...rest } = old;
  const groups = words(form.groupBy);
  const grouping = groups.length > 0 ? { group_by: groups.length === 1 ? (groups[0] ?? '') : groups } : {};
  let config: Record<string, unknown>;
  if (form.type === 'sigma') config = { ...old, yaml: form.yaml };
  else if (form.type === 'pattern') {
    config = { ...rest, field: form.field, regex: form.regex, case_sensitive: form.caseSensitive, ...grouping };
  } else if (form.type === 'threshold') {
    config = {
      ...rest,
      field: form.field,
      value: scalar(form.value, old.value),
      count: Number(form.count),
      window_seconds: Number(form.seconds),
      ...grouping,
    };
  } else {
    const oldConditions = (old.conditions ?? []) as { value?: unknown }[];
    config = {
      ...rest,
      conditions: form.conditions.map(({ field, value }, index) => ({
        field,
        value: scalar(value, oldConditions[index]?.value),
      })),
      within_seconds: Number(form.seconds),
      ...(form.ordered || old.ordered !== undefined ? { ordered: form.ordered } : {}),
      ...grouping,
    };
  }
  return {
    name: form.name.trim(),
    description: form.description,
    type: form.type,
    // A severity that was not touched goes back in the word in which it came.
    severity: (before && before.severity_level === form.severity ? before.severity : form.severity) as Severity,
    enabled: form.enabled,
    config,
  };
}

/** What is missing before it is worth asking the server, by name of the input. */
export function gaps(form: FormState): Partial<Record<keyof FormState, string>> {
  const found: Partial<Record<keyof FormState, string>> = {};
  const whole = (text: string) => /^\d+$/.test(text.trim()) && Number(text) > 0;
  if (form.type !== 'sigma' && !form.name.trim()) found.name = 'Give the rule a name.';
  if (form.type === 'pattern' && !form.regex) found.regex = 'Write the expression to look for.';
  if ((form.type === 'pattern' || form.type === 'threshold') && !form.field.trim())
    found.field = 'Name the field to look at.';
  if (form.type === 'threshold' && !whole(form.count)) found.count = 'A whole number, 1 or more.';
  if ((form.type === 'threshold' || form.type === 'correlation') && !whole(form.seconds)) {
    found.seconds = 'Seconds: a whole number, 1 or more.';
  }
  if (form.type === 'correlation' && form.conditions.some(({ field, value }) => !field.trim() || !value.trim())) {
    found.conditions = 'Each condition needs a field and a value.';
  }
  return found;
}

/** What is sent. A Sigma rule's name, description and level are in its YAML. */
export function bodyOf(draft: RuleDraft): Partial<RuleDraft> {
  return draft.type === 'sigma' ? { type: draft.type, config: draft.config, enabled: draft.enabled } : draft;
}

/** The rule's name as it is being written. Of several Sigma documents the correlation carries it, else the first. */
export function titleOf(form: FormState): string {
  if (form.type !== 'sigma') return form.name.trim();
  const documents = form.yaml.split(/^---.*$/m);
  const main =
    documents.findLast((text) => /^correlation\s*:/m.test(text)) ?? documents.find((text) => text.trim()) ?? '';
  const title = /^title:[ \t]+(\S.*?)[ \t]*$/m.exec(main)?.[1] ?? '';
  return /^(['"]).*\1$/.test(title) ? title.slice(1, -1) : title;
}
