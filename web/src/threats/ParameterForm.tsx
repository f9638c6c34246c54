import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { group } from '../ui/format.ts';
import { detectors, type Kind, type Parameter, type ThreatsSearch } from './address.ts';

/** The parameters of a detector. They are asked with when the form is sent, not at each key. */
export function ParameterForm({
  kind,
  search,
  onChange,
}: {
  kind: Kind;
  search: ThreatsSearch;
  onChange: (values: object) => void;
}) {
  const { parameters, about } = detectors[kind];
  const given = Object.fromEntries(parameters.map(({ key, standard }) => [key, String(search[key] ?? standard)]));
  const [draft, setDraft] = useState<Record<string, string>>({ ...given, about: search.about ?? '' });
  const wrong = (one: Parameter): string | null => {
    const value = Number(draft[one.key]);
    return Number.isSafeInteger(value) && value >= one.from && value <= one.to
      ? null
      : `${group(one.from)} to ${group(one.to)}`;
  };
  const isWrong = parameters.some((one) => wrong(one) !== null);
  const send = () => {
    const values = parameters.map(({ key, standard }) => {
      const value = Number(draft[key]);
      return [key, value === standard ? undefined : value];
    });
    onChange({ ...Object.fromEntries(values), about: draft.about?.trim() || undefined, open: undefined });
  };
  return (
    <form
      aria-label="Parameters"
      className="flex flex-wrap items-end gap-x-3 gap-y-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWrong) send();
      }}
    >
      {parameters.map((one) => (
        <Field
          key={one.key}
          label={one.label}
          inputMode="numeric"
          value={draft[one.key] ?? ''}
          onChange={(event) => setDraft({ ...draft, [one.key]: event.target.value })}
          error={wrong(one)}
          className="w-36 max-sm:w-[calc(50%-0.4rem)]"
        />
      ))}
      <Field
        label={about.label}
        placeholder={about.name === 'source_ip' ? '203.0.113.9' : '443'}
        value={draft.about ?? ''}
        onChange={(event) => setDraft({ ...draft, about: event.target.value })}
        className="w-44 max-sm:w-[calc(50%-0.4rem)]"
      />
      <Button type="submit" disabled={isWrong}>
        Look
      </Button>
    </form>
  );
}
