import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { severities } from '../../../src/model/enumerations.ts';
import { parseQuery, ruleYaml, toDetection } from '../../../src/model/query/index.ts';
import { meQuery } from '../api/queries.ts';
import { keepDraft, readDraft } from '../editor/draft-store.ts';
import type { BacktestRange } from '../rules/address.ts';
import { newForm } from '../rules/draft.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { severityNames } from '../ui/Severity.tsx';
import { type SearchAddress, spanOf } from './address.ts';
import { TextLines } from './TextLines.tsx';

const groupFields = ['src_ip', 'user', 'host', 'dst_ip', 'program', 'source'] as const;

/** A rule that fires on what the search finds, opened in the editor. */
export function MakeRule({ search, onClose }: { search: SearchAddress; onClose: () => void }) {
  const navigate = useNavigate();
  const { data: user } = useQuery(meQuery);
  const query = search.q ?? '';
  const [title, setTitle] = useState(() => query.replaceAll(/["\\]/g, '').slice(0, 80));
  const [level, setLevel] = useState<string>('medium');
  const [counted, setCounted] = useState(false);
  const [least, setLeast] = useState('5');
  const [minutes, setMinutes] = useState('10');
  const [by, setBy] = useState<string>('src_ip');
  const parsed = parseQuery(query);
  const detection = parsed.ok ? toDetection(parsed.query) : null;
  const whole = (text: string, most: number) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= most;
  const complete = title.trim() !== '' && (!counted || (whole(least, 100_000) && whole(minutes, 1440)));
  const count = counted ? { least: Number(least), minutes: Number(minutes), by } : null;
  const yaml = detection && complete ? ruleYaml({ title: title.trim(), level, query, count }, detection) : null;
  const before = user ? readDraft(user.id, 'new', newForm) : null;

  const openEditor = (pane: 'rule' | 'backtest') => {
    if (!yaml || !user) return;
    const severity = severities.find((name) => name === level) ?? 'medium';
    const form = { ...newForm, name: title.trim(), type: 'sigma' as const, severity, yaml };
    keepDraft(user.id, 'new', { form, base: null, at: Date.now() });
    void navigate({
      to: '/rules/$id',
      params: { id: 'new' },
      search: { kind: 'sigma', pane, range: backtestRange(search) },
    });
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="Make a rule of this search"
      note="The rule fires on exactly what the search finds, whenever it was or will be logged: the time range is no part of it."
      footer={
        <>
          <Button disabled={!yaml} onClick={() => openEditor('backtest')}>
            Open and try it on history
          </Button>
          <Button kind="primary" disabled={!yaml} onClick={() => openEditor('rule')}>
            Open in the editor
          </Button>
        </>
      }
    >
      {detection === null ? (
        <p role="alert">
          {parsed.ok
            ? 'The search has no condition: a rule would fire on every event. Write at least one condition first.'
            : `The query cannot be read. ${parsed.errors[0]?.message ?? ''}`}
        </p>
      ) : (
        <div className="flex flex-col gap-4">
          {before && (
            <p role="alert" className="rounded-md border border-high/40 bg-high/10 p-2.5">
              A new rule “{before.form.name || 'without a name'}” is half written in the editor and not saved. Opening
              this one replaces it.
            </p>
          )}
          <div className="grid gap-4 sm:grid-cols-[1fr_10rem]">
            <Field
              label="Name"
              value={title}
              maxLength={200}
              onChange={(event) => setTitle(event.target.value)}
              error={title.trim() === '' ? 'Give the rule a name.' : null}
            />
            <Select
              label="Severity"
              value={level}
              onChange={(event) => setLevel(event.target.value)}
              options={severities.map(
                (name) => [name === 'info' ? 'informational' : name, severityNames[name]] as const,
              )}
            />
          </div>
          <fieldset className="flex flex-col gap-2">
            <legend className="sr-only">When it fires</legend>
            <label className="flex items-center gap-2">
              <input type="radio" name="when" checked={!counted} onChange={() => setCounted(false)} /> On every event
              that fits
            </label>
            <label className="flex items-center gap-2">
              <input type="radio" name="when" checked={counted} onChange={() => setCounted(true)} /> On many of them
            </label>
            {counted && (
              <div className="grid grid-cols-3 gap-3 pl-6">
                <Field
                  label="At least"
                  inputMode="numeric"
                  value={least}
                  onChange={(event) => setLeast(event.target.value)}
                  error={whole(least, 100_000) ? null : 'A number from 1 on.'}
                />
                <Field
                  label="Within minutes"
                  inputMode="numeric"
                  value={minutes}
                  onChange={(event) => setMinutes(event.target.value)}
                  error={whole(minutes, 1440) ? null : 'From 1 to 1440.'}
                />
                <Select
                  label="With the same"
                  value={by}
                  onChange={(event) => setBy(event.target.value)}
                  options={groupFields.map((field) => [field, field] as const)}
                />
              </div>
            )}
          </fieldset>
          {yaml && (
            <div className="thin-scroll max-h-72 overflow-auto rounded-md border bg-bg p-3" data-testid="rule-yaml">
              <TextLines text={yaml.trimEnd()} />
            </div>
          )}
        </div>
      )}
    </Dialog>
  );
}

/** The backtest's range that holds the search's. */
function backtestRange(search: SearchAddress): BacktestRange {
  const { from, hours } = spanOf(search, Date.now());
  if (from === undefined || hours === null) return 'all';
  const back = (Date.now() - Date.parse(from)) / 3_600_000;
  if (back <= 24.1) return '24h';
  if (back <= 168.1) return '7d';
  return back <= 720.1 ? '30d' : 'all';
}
