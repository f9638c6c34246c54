import { Ban, Check, ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { type ValueState, valueState } from '../../../src/model/query/index.ts';
import { readPreference, writePreference } from '../shell/storage.ts';
import { IconButton } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { fieldName, group, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { asSeverity, severityFill } from '../ui/Severity.tsx';
import type { FacetValue } from './api.ts';

export const facetFields = [
  'severity',
  'event_type',
  'src_ip',
  'user',
  'host',
  'program',
  'dst_port',
  'source',
  'format',
] as const;

/** Shown of a facet before it is unfolded. */
const few = 5;

export type OnValue = (field: string, value: string | null, how: 'include' | 'exclude') => void;

/** Values of the hits with their counts: a click includes one, with Alt it excludes. */
export function Facets({
  facets,
  inexact,
  query,
  running,
  onValue,
}: {
  facets: Readonly<Record<string, readonly FacetValue[]>> | null;
  /** Fields with so many values that rare ones were not counted. */
  inexact: readonly string[];
  query: string;
  running: boolean;
  onValue: OnValue;
}) {
  return (
    <div className="flex flex-col gap-1 p-2" data-testid="facets">
      <p className="px-1.5 text-2xs text-faint">
        {running ? 'Counting …' : 'A click includes a value, Alt-click or its button leaves it out'}
      </p>
      {facetFields.map((field) => (
        <Facet
          key={field}
          field={field}
          values={facets?.[field] ?? []}
          inexact={inexact.includes(field)}
          query={query}
          onValue={onValue}
        />
      ))}
    </div>
  );
}

function Facet({
  field,
  values,
  inexact,
  query,
  onValue,
}: {
  field: string;
  values: readonly FacetValue[];
  inexact: boolean;
  query: string;
  onValue: OnValue;
}) {
  const name = `search.facet.${field}`;
  const [folded, setFolded] = useState(() => readPreference(name, 'open') === 'folded');
  const [all, setAll] = useState(false);
  const sum = Math.max(1, ...values.map(({ count }) => count));
  const shown = all ? values : values.slice(0, few);
  const fold = () => {
    writePreference(name, folded ? 'open' : 'folded');
    setFolded(!folded);
  };
  return (
    <section aria-label={fieldName(field)}>
      <h2>
        <button
          type="button"
          aria-expanded={!folded}
          onClick={fold}
          className="flex w-full items-center gap-1 rounded px-1 py-1 text-left text-xs font-medium text-muted hover:text-text"
        >
          {folded ? (
            <ChevronRight className="size-3.5" aria-hidden="true" />
          ) : (
            <ChevronDown className="size-3.5" aria-hidden="true" />
          )}
          {fieldName(field)}
          <span
            className="ml-auto text-2xs font-normal text-faint"
            title={inexact ? 'So many values that rare ones were not counted' : undefined}
          >
            {inexact ? 'about' : ''}
          </span>
        </button>
      </h2>
      {!folded && (
        <ul>
          {shown.map(({ value, count }) => {
            return (
              <Value
                key={value ?? '\0none'}
                field={field}
                value={value}
                count={count}
                share={count / sum}
                state={valueState(query, field, value)}
                onValue={onValue}
              />
            );
          })}
          {values.length === 0 && <li className="px-1.5 py-0.5 text-2xs text-faint">None</li>}
          {values.length > few && (
            <li>
              <button
                type="button"
                onClick={() => setAll(!all)}
                className="px-1.5 py-0.5 text-2xs text-accent hover:underline"
              >
                {all ? 'Fewer' : `${values.length - few} more`}
              </button>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

function Value({
  field,
  value,
  count,
  share,
  state,
  onValue,
}: {
  field: string;
  value: string | null;
  count: number;
  share: number;
  state: ValueState;
  onValue: OnValue;
}) {
  const shown = value === null || value === '' ? 'none' : value;
  return (
    <li className="group relative flex items-center rounded hover:bg-raised">
      <span
        aria-hidden="true"
        className={cx(
          'absolute inset-y-0.5 left-0 rounded-sm opacity-20',
          field === 'severity' ? severityFill[asSeverity(value)] : 'bg-muted',
        )}
        style={{ width: `${Math.max(1, share * 100)}%` }}
      />
      <button
        type="button"
        aria-pressed={state === 'included'}
        title={`${shown}: ${group(count)} hits. Click includes, Alt-click leaves out`}
        onClick={(event) => onValue(field, value, event.altKey ? 'exclude' : 'include')}
        className="relative flex min-w-0 grow items-center gap-1.5 rounded px-1.5 py-0.5 text-left"
      >
        {state === 'included' && <Check className="size-3.5 shrink-0 text-accent" aria-hidden="true" />}
        {state === 'excluded' && <Ban className="size-3.5 shrink-0 text-bad" aria-hidden="true" />}
        <span className={cx('min-w-0 grow truncate', value === null && 'text-muted italic')}>
          <LogText text={shown} limit={120} wrap={false} />
        </span>
        <span className="tabular shrink-0 text-xs text-muted">{short(count)}</span>
        {state === 'excluded' && <span className="sr-only">, left out</span>}
      </button>
      <IconButton
        label={`Leave out ${fieldName(field).toLowerCase()} ${shown.slice(0, 80)}`}
        className="relative size-6 opacity-60 focus-visible:opacity-100 md:opacity-0 md:group-hover:opacity-100"
        onClick={() => onValue(field, value, 'exclude')}
      >
        <Ban aria-hidden="true" />
      </IconButton>
    </li>
  );
}
