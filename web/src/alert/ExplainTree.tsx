import { Check, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ClauseResult, Explanation } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { cx } from '../ui/cx.ts';
import { duration, fieldName, group } from '../ui/format.ts';
import { keyed } from '../ui/keyed.ts';
import { LogText } from '../ui/LogText.tsx';

/** The condition's operators, in words. */
const joins: Record<string, string> = { and: 'All of', or: 'At least one of', not: 'Not' };

const clauseText = (clause: ClauseResult) => `${clause.clause} ${clause.expected}`;

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Why the rule fired: what was counted, then each clause with what it asked for and what it found. */
export function ExplainTree({ explain, level }: { explain: Explanation; level?: 'h2' | 'h3' }) {
  const counted = explain.correlation;
  const Heading = level ?? 'h3';
  return (
    <div className="flex flex-col gap-4" data-testid="explanation">
      <p className="font-medium">
        <LogText text={explain.summary} className="!font-sans !text-[1em]" />
      </p>
      {explain.response && <p className="text-muted">What to do: {explain.response}</p>}
      {counted && (
        <div className="rounded-md border bg-bg p-3">
          <Heading className="mb-2 text-xs font-semibold text-faint">What was counted</Heading>
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
            <dt className="text-muted">Asked for</dt>
            <dd>
              <LogText text={counted.condition} className="!font-sans !text-[1em]" />
            </dd>
            <dt className="text-muted">Observed</dt>
            <dd className="tabular font-semibold text-accent">
              {counted.approximate && 'about '}
              {group(counted.observed)}
              {counted.type.startsWith('temporal') && (counted.observed === 1 ? ' step' : ' steps')}
            </dd>
            <dt className="text-muted">Within</dt>
            <dd>{duration(counted.window_seconds)}</dd>
            {Object.entries(counted.group).map(([field, value]) => (
              <GroupValue key={field} field={field} value={value} />
            ))}
          </dl>
          {counted.values.length > 0 && (
            <div className="mt-2 flex flex-wrap gap-1 border-t pt-2">
              {counted.values.map((value) => (
                <Badge key={value}>
                  <LogText text={value} limit={60} wrap={false} />
                </Badge>
              ))}
            </div>
          )}
        </div>
      )}
      {explain.clauses.length > 0 && (
        <ul className="flex flex-col gap-1" aria-label="Clauses of the rule">
          {keyed(explain.clauses, clauseText).map(({ key, item }) => (
            <Clause key={key} clause={item} />
          ))}
        </ul>
      )}
    </div>
  );
}

function GroupValue({ field, value }: { field: string; value: string }) {
  return (
    <>
      <dt className="text-muted">{fieldName(field)}</dt>
      <dd>
        <LogText text={value} limit={200} />
      </dd>
    </>
  );
}

/** A field whose one value is its only child says the same twice: the child stands for both. */
const merged = (clause: ClauseResult): ClauseResult => {
  const [only, ...more] = clause.children;
  if (only && more.length === 0 && only.clause === clause.clause) return merged(only);
  // `and` within `and` asks for the same as one `and`.
  const joined = clause.children.flatMap((child) =>
    joins[clause.clause] && clause.clause !== 'not' && child.clause === clause.clause
      ? merged(child).children
      : [child],
  );
  return { ...clause, children: joined };
};

function Clause({ clause: given }: { clause: ClauseResult }) {
  const clause = merged(given);
  const leaf = clause.children.length === 0;
  const folded = alternatives(clause);
  const shown = clause.children.filter((child) => !folded.includes(child));
  return (
    <li>
      <div className="flex gap-2 rounded-md px-1.5 py-1 hover:bg-raised/60">
        <span
          className={cx(
            'mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full',
            clause.matched ? 'bg-good/20 text-good' : 'bg-raised text-faint',
          )}
        >
          {clause.matched ? (
            <Check className="size-3" aria-label="Matched" />
          ) : (
            <X className="size-3" aria-label="Did not match" />
          )}
        </span>
        <div className="min-w-0">
          <div className={cx('break-words', !clause.matched && 'text-muted')}>
            {joins[clause.clause] ? (
              <span className="font-semibold">{joins[clause.clause]}</span>
            ) : (
              <LogText text={clause.clause} limit={500} className={leaf ? '' : 'font-semibold'} />
            )}
            {clause.expected !== null && (
              <>
                <span className="text-xs text-faint"> asks for </span>
                <LogText text={clause.expected} limit={1000} className="text-accent" />
              </>
            )}
          </div>
          {leaf && clause.field !== null && (
            <div className="text-xs text-muted">
              <span className="text-faint">found </span>
              {clause.value === null ? (
                <i>nothing in {clause.field}</i>
              ) : (
                <LogText text={show(clause.value)} limit={400} />
              )}
            </div>
          )}
        </div>
      </div>
      {clause.children.length > 0 && (
        <Below folded={clause.clause === 'logsource' && clause.matched}>
          {shown.length > 0 && <Clauses clauses={shown} />}
          {clause.left_out !== undefined && clause.left_out > 0 && (
            <p className="px-1.5 py-0.5 text-xs text-faint">{group(clause.left_out)} more are left out here</p>
          )}
          {folded.length > 0 && (
            <details className="px-1.5 py-0.5 text-xs text-muted">
              <summary className="rounded text-faint hover:text-text">
                {shown.length > 0 ? (folded.length === 1 ? 'or' : 'or one of') : 'none of'} {folded.length}{' '}
                {shown.length > 0 && 'other '}
                {folded.length === 1 ? 'value' : 'values'}
                {shown.length > 0 && ', not found here'}
              </summary>
              <Clauses clauses={folded} />
            </details>
          )}
        </Below>
      )}
    </li>
  );
}

/** Where the event came from is rarely the question, where it fits: it is told when asked for. */
function Below({ folded, children }: { folded: boolean; children: ReactNode }) {
  if (!folded) return <div className="ml-3.5 border-l pl-2">{children}</div>;
  return (
    <details className="ml-3.5 border-l pl-2">
      <summary className="rounded px-1.5 text-xs text-faint hover:text-text">it comes from the log source</summary>
      {children}
    </details>
  );
}

/** Clauses as a tree, each with what it asked for and what it found. */
export function Clauses({ clauses }: { clauses: readonly ClauseResult[] }) {
  return (
    <ul className="flex flex-col gap-0.5">
      {keyed(clauses, clauseText).map(({ key, item }) => (
        <Clause key={key} clause={item} />
      ))}
    </ul>
  );
}

/** Of several values that one field might have had, one was enough, or none was there: the others are folded away. */
function alternatives(clause: ClauseResult): ClauseResult[] {
  const { children } = clause;
  const first = children[0];
  const alike =
    children.length > 1 && children.every((child) => child.children.length === 0 && child.clause === first?.clause);
  if (!alike) return [];
  const missing = children.filter((child) => !child.matched);
  // All of them were asked for: those that are missing are the reason.
  const isAny = clause.matched ? missing.length < children.length : missing.length === children.length;
  return isAny ? missing : [];
}
