import { useMutation, useQuery } from '@tanstack/react-query';
import { Play, X } from 'lucide-react';
import { useId, useState } from 'react';
import { rulesQuery } from '../api/queries.ts';
import { type ReplayOrder, startReplay } from '../api/replays.ts';
import { presets } from '../shell/time-range.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Field } from '../ui/Field.tsx';
import { localTime, plural, toDate, zoneName } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Failure } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import type { ReplayRange, ReplaysSearch } from './address.ts';

const ranges: [ReplayRange, string][] = [
  ['24h', '24 h'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['all', 'All'],
  ['custom', 'From … to'],
];

/** `2026-11-21T14:03` for an input of type datetime-local. */
const inputValue = (value: string | undefined): string => {
  const date = toDate(value);
  return date ? localTime(date).slice(0, 16).replace(' ', 'T') : '';
};
const isoOf = (value: string): string | undefined => toDate(value)?.toISOString();

/** The rules over a range of stored history. What is chosen is in the address. */
export function NewReplay({
  search,
  busy,
  onChange,
}: {
  search: ReplaysSearch;
  /** One runs already. */
  busy: boolean;
  onChange: (change: Partial<Record<keyof ReplaysSearch, unknown>>) => void;
}) {
  const [name, setName] = useState('');
  const range = search.range ?? '24h';
  const chosen = search.rules ?? [];
  const isWrong = range === 'custom' && !(search.from && search.to && search.from < search.to);
  const start = useMutation({ mutationFn: (order: ReplayOrder) => startReplay(order), onSuccess: () => setName('') });

  const begin = () => {
    const now = Date.now();
    const times =
      range === 'all'
        ? {}
        : range === 'custom'
          ? { from: search.from as string, to: search.to as string }
          : { from: new Date(now - presets[range] * 3_600_000).toISOString(), to: new Date(now).toISOString() };
    start.mutate({
      ...times,
      ...(name.trim() && { name: name.trim() }),
      rules: chosen.length > 0 ? chosen : 'current',
    });
  };
  return (
    <Card title="New replay">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          begin();
        }}
      >
        <div className="flex flex-wrap items-end gap-3">
          <div className="flex min-w-0 flex-col gap-1">
            <span className="text-xs font-medium text-muted">Time of the events</span>
            <div className="thin-scroll max-w-full overflow-x-auto">
              <Choice
                label="Time range"
                value={range}
                options={ranges}
                onChange={(next) => onChange({ range: next === '24h' ? undefined : next })}
              />
            </div>
          </div>
          {range === 'custom' && (
            <>
              <Field
                label={`From (${zoneName(new Date())})`}
                type="datetime-local"
                value={inputValue(search.from)}
                onChange={(event) => onChange({ from: isoOf(event.target.value) })}
              />
              <Field
                label="To"
                type="datetime-local"
                value={inputValue(search.to)}
                error={search.from && search.to && isWrong ? 'The end must come after the start.' : null}
                onChange={(event) => onChange({ to: isoOf(event.target.value) })}
              />
            </>
          )}
          <Field
            label="Name"
            placeholder="its time range"
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
            className="grow sm:max-w-72"
          />
        </div>
        <RuleChoice chosen={chosen} onChange={(rules) => onChange({ rules: rules.length > 0 ? rules : undefined })} />
        <div className="flex flex-wrap items-center gap-3">
          <Button kind="primary" type="submit" disabled={busy || isWrong} busy={start.isPending}>
            <Play className="size-4" aria-hidden="true" /> Start
          </Button>
          <p className="text-xs text-faint">
            {busy
              ? 'A replay is running. Another one can start when it is over.'
              : 'Runs beside everything else. Nothing is raised, nobody is told, live counting is not touched.'}
          </p>
        </div>
        {start.isError && <Failure error={start.error} />}
      </form>
    </Card>
  );
}

/** All rules in force, or some that are named. */
function RuleChoice({ chosen, onChange }: { chosen: readonly string[]; onChange: (ids: string[]) => void }) {
  const { data: rules = [] } = useQuery(rulesQuery);
  const [text, setText] = useState('');
  const id = useId();
  const nameOf = (ruleId: string) => rules.find((rule) => rule.id === ruleId)?.name ?? ruleId;
  const inForce = rules.filter((rule) => rule.enabled).length;
  const add = (typed: string) => {
    const found = rules.find((rule) => rule.name === typed);
    setText(found ? '' : typed);
    if (found && !chosen.includes(found.id)) onChange([...chosen, found.id]);
  };
  return (
    <div className="flex flex-wrap items-end gap-x-3 gap-y-2">
      <Field
        label="Rules"
        list={id}
        value={text}
        placeholder={
          chosen.length > 0 ? 'Another rule …' : `All in force${inForce > 0 ? ` (${inForce})` : ''}, or name one …`
        }
        onChange={(event) => add(event.target.value)}
        className="w-full sm:w-72"
      />
      <datalist id={id}>
        {rules.map((rule) => (
          <option key={rule.id} value={rule.name} />
        ))}
      </datalist>
      {chosen.length > 0 && (
        <ul aria-label="Chosen rules" className="flex min-w-0 flex-wrap items-center gap-1.5">
          {chosen.map((ruleId) => (
            <li key={ruleId} className="max-w-full">
              <Badge tone="accent">
                <span className="truncate">
                  <LogText text={nameOf(ruleId)} limit={80} wrap={false} className="!font-sans !text-[1em]" />
                </span>
                <IconButton
                  label={`Leave out ${nameOf(ruleId)}`}
                  className="-mr-1 size-6"
                  onClick={() => onChange(chosen.filter((each) => each !== ruleId))}
                >
                  <X aria-hidden="true" />
                </IconButton>
              </Badge>
            </li>
          ))}
          <li className="text-xs text-faint">
            {plural(chosen.length, 'rule')}, also where switched off{' '}
            <Button size="small" kind="ghost" onClick={() => onChange([])}>
              All in force instead
            </Button>
          </li>
        </ul>
      )}
    </div>
  );
}
