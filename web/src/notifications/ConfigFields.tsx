import { Button } from '../ui/Button.tsx';
import { Field, Select, TextArea } from '../ui/Field.tsx';
import { Switch } from '../ui/Switch.tsx';
import { type FormValues, fieldKind } from './form.ts';
import type { ChannelType, PropertySchema } from './queries.ts';

/** The fields of a channel's configuration, as its schema asks for them. */
export function ConfigFields({
  type,
  values,
  onChange,
  stored,
  removed,
  onRemove,
}: {
  type: ChannelType;
  values: FormValues;
  onChange: (name: string, value: string | boolean) => void;
  /** Names of the secrets that are stored. */
  stored: readonly string[];
  removed: ReadonlySet<string>;
  onRemove: (name: string) => void;
}) {
  return (
    <>
      {Object.entries(type.schema.properties).map(([name, schema]) => (
        <ConfigField
          key={name}
          schema={schema}
          label={schema.title ?? name}
          value={values[name] ?? ''}
          onChange={(value) => onChange(name, value)}
          isStored={stored.includes(name) && !removed.has(name)}
          onRemove={type.schema.required?.includes(name) ? null : () => onRemove(name)}
        />
      ))}
    </>
  );
}

/** One field, as its schema asks for it. */
export function ConfigField({
  schema,
  label,
  value,
  onChange,
  isStored = false,
  onRemove = null,
}: {
  schema: PropertySchema;
  label: string;
  value: string | boolean;
  onChange: (value: string | boolean) => void;
  isStored?: boolean;
  onRemove?: (() => void) | null;
}) {
  const hint = schema.description;
  const text = String(value);
  const common = { label, hint, value: text };
  switch (fieldKind(schema)) {
    case 'switch':
      return (
        <div className="flex items-start gap-3">
          <Switch label={label} checked={value === true} onChange={onChange} />
          <div className="min-w-0">
            <p className="text-xs font-medium text-muted">{label}</p>
            {hint && <p className="text-xs text-faint">{hint}</p>}
          </div>
        </div>
      );
    case 'choice':
      return (
        <Select
          {...common}
          onChange={(event) => onChange(event.target.value)}
          options={(schema.enum ?? []).map((each) => [String(each), String(each)] as const)}
        />
      );
    case 'list':
      return (
        <TextArea
          {...common}
          hint={hint ?? 'One per line.'}
          rows={3}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'multiline':
      return <TextArea {...common} mono rows={5} onChange={(event) => onChange(event.target.value)} />;
    case 'secret':
      return (
        <div className="flex items-end gap-2">
          <Field
            {...common}
            className="grow"
            type="password"
            autoComplete="new-password"
            placeholder={isStored ? 'stored; leave empty to keep it' : ''}
            onChange={(event) => onChange(event.target.value)}
          />
          {isStored && onRemove && (
            <Button size="small" onClick={onRemove}>
              Remove
            </Button>
          )}
        </div>
      );
    default:
      return (
        <Field
          {...common}
          inputMode={fieldKind(schema) === 'number' ? 'numeric' : undefined}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}
