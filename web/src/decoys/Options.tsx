import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { ConfigField } from '../notifications/ConfigFields.tsx';
import type { PropertySchema } from '../notifications/queries.ts';
import { Button } from '../ui/Button.tsx';
import { Drawer } from '../ui/Dialog.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { choiceHints, choiceNames, type DecoyForm, formOf, isAsked, isChoices, optionsOf } from './options.ts';
import type { DecoyJson } from './queries.ts';

const portOrigins = {
  default: 'its own',
  page: 'chosen here',
  configuration: 'of the configuration',
} as const;

/** How one decoy behaves: its port, whom it lets in, and what it shows. Administrators change it; it holds at once. */
export function Options({ decoy, admin, onClose }: { decoy: DecoyJson; admin: boolean; onClose: () => void }) {
  const properties = decoy.options_schema.properties ?? {};
  const [form, setForm] = useState<DecoyForm>(() => formOf(properties, decoy.options ?? {}));
  const [port, setPort] = useState(String(decoy.port));
  const [problem, setProblem] = useState<string | null>(null);
  const queryClient = useQueryClient();
  const isFixed = decoy.port_origin === 'configuration';
  const save = useMutation({
    mutationFn: () => {
      const wanted = port.trim() === '' ? null : Number(port);
      return request<DecoyJson>(`/api/decoys/${encodeURIComponent(decoy.name)}`, {
        method: 'PUT',
        body: { options: optionsOf(properties, form), ...(!isFixed && wanted !== decoy.port && { port: wanted }) },
      });
    },
    onSuccess: (now) => {
      if (now.problem) {
        setProblem(now.problem);
        return;
      }
      toast.success(
        now.state === 'on' ? `${now.title} goes on with the new options` : `Kept for when ${now.title} is on`,
      );
      onClose();
    },
    onError: (error) => setProblem(sentence(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['decoys'] }),
  });
  const variable = `PHOSOR_DECOY_${decoy.name.toUpperCase()}_PORT`;
  return (
    <Drawer
      open
      onClose={onClose}
      title={`${decoy.title} decoy`}
      note={decoy.description}
      footer={
        admin && (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" form="decoy-options" kind="primary" busy={save.isPending}>
              Save
            </Button>
          </>
        )
      }
    >
      <form
        id="decoy-options"
        onSubmit={(event) => {
          event.preventDefault();
          setProblem(null);
          save.mutate();
        }}
      >
        <fieldset disabled={!admin} className="flex flex-col gap-4">
          <p className="text-xs text-muted">
            {admin
              ? 'It holds at once, without a restart. Visitors who are there go on as they were.'
              : 'Administrators change it.'}
          </p>
          <Field
            label={`Port (${portOrigins[decoy.port_origin]})`}
            type="number"
            min={1}
            max={65_535}
            value={port}
            disabled={isFixed}
            onChange={(event) => setPort(event.target.value)}
            placeholder={String(decoy.default_port)}
            hint={
              isFixed
                ? `The configuration names it (decoys.${decoy.name}Port, ${variable}): it is changed there, and at a restart.`
                : `Empty: ${decoy.default_port}. Ports below 1024 need the right to listen there; better let the firewall redirect to a high one.`
            }
          />
          {Object.entries(properties).map(([name, schema]) =>
            isAsked(name, form) ? (
              <OptionField
                key={name}
                name={name}
                schema={schema}
                value={form[name] ?? ''}
                onChange={(value) => setForm({ ...form, [name]: value })}
              />
            ) : null,
          )}
          {problem && (
            <p role="alert" className="text-sm break-words text-bad">
              {problem}
            </p>
          )}
        </fieldset>
      </form>
    </Drawer>
  );
}

function OptionField({
  name,
  schema,
  value,
  onChange,
}: {
  name: string;
  schema: PropertySchema;
  value: DecoyForm[string];
  onChange: (value: DecoyForm[string]) => void;
}) {
  const label = schema.title ?? name;
  if (isChoices(schema)) {
    const chosen = Array.isArray(value) ? value : [];
    return (
      <fieldset className="min-w-0">
        <legend className="text-xs font-medium text-muted">{label}</legend>
        <div className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
          {(schema.items?.enum ?? []).map(String).map((each) => (
            <label key={each} className="flex items-center gap-1.5">
              <input
                type="checkbox"
                className="accent-accent"
                checked={chosen.includes(each)}
                onChange={(event) =>
                  onChange(event.target.checked ? [...chosen, each] : chosen.filter((other) => other !== each))
                }
              />
              {each}
            </label>
          ))}
        </div>
        {schema.description && <p className="mt-1 text-xs text-faint">{schema.description}</p>}
      </fieldset>
    );
  }
  if (schema.enum)
    return (
      <Select
        label={label}
        hint={choiceHints[String(value)] ?? schema.description}
        value={String(value)}
        onChange={(event) => onChange(event.target.value)}
        options={schema.enum.map(String).map((each) => [each, choiceNames[each] ?? each] as const)}
      />
    );
  return (
    <ConfigField
      schema={schema}
      label={label}
      value={typeof value === 'boolean' ? value : String(value)}
      onChange={onChange}
    />
  );
}
