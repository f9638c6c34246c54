import { BellRing, Check, ChevronRight, Minus } from 'lucide-react';
import { Differ } from '../alert/Differ.tsx';
import { Clauses } from '../alert/ExplainTree.tsx';
import type { CountedSoFar, ExplainedEvent } from '../api/trial.ts';
import { Badge } from '../ui/Badge.tsx';
import { cx } from '../ui/cx.ts';
import { FieldList } from '../ui/FieldList.tsx';
import { duration, fieldName, group, plural } from '../ui/format.ts';
import { keyed } from '../ui/keyed.ts';
import { LogText } from '../ui/LogText.tsx';
import { fires, marksIn } from './trial.ts';

const shownFields = ['time', 'format', 'event_type', 'outcome', 'severity', 'host', 'program', 'user'] as const;
const shownAddresses = ['src_ip', 'src_port', 'dst_ip', 'dst_port', 'protocol', 'message'] as const;

/** One event: whether it matches, what the rule found in it, and what would have had to differ. */
export function ExplainedLine(props: {
  number: number;
  result: ExplainedEvent;
  /** Number in the list by id of the event. */
  order: ReadonlyMap<string, number>;
  open: boolean;
  explained: boolean;
}) {
  const { number, result, order, open, explained } = props;
  const { event, matched, steps, correlation } = result;
  const isFiring = explained && fires(result);
  return (
    <li className={cx('border-b last:border-b-0', matched && 'bg-accent-soft')} data-matched={matched}>
      <details open={open} className="group/line">
        <summary className="flex list-none items-start gap-2 px-2.5 py-1.5 -outline-offset-2 [&::-webkit-details-marker]:hidden">
          <ChevronRight
            className="mt-0.5 size-4 shrink-0 text-faint transition-transform group-open/line:rotate-90"
            aria-hidden="true"
          />
          {matched ? (
            <Check className="mt-0.5 size-4 shrink-0 text-good" aria-label="Matches" />
          ) : (
            <Minus className="mt-0.5 size-4 shrink-0 text-faint" aria-label="Does not match" />
          )}
          <span className="tabular mt-px shrink-0 text-xs leading-5 text-muted">{number}</span>
          <span className="min-w-0 grow">
            <LogText text={event.raw} marks={marksIn(result)} limit={1200} />
          </span>
          {isFiring && (
            <Badge tone="accent">
              <BellRing className="mr-1 inline size-3" aria-hidden="true" />
              fires
            </Badge>
          )}
        </summary>
        <div className="flex flex-col gap-3 border-t bg-bg px-3 py-3">
          {keyed(stepsInOrder(steps), ({ name }) => name).map(({ key, item: step }) => (
            <Step key={key} step={step} alone={steps.length === 1} folded={matched && !step.matched} />
          ))}
          {correlation && <Counted correlation={correlation} order={order} />}
          <details className="text-xs">
            <summary className="rounded text-faint hover:text-text">What was read from the line</summary>
            <FieldList
              fields={[
                ...[...shownFields, ...shownAddresses].map((name): [string, unknown] => [name, event[name]]),
                ...Object.entries(event.fields),
              ]}
              limit={600}
              className="mt-1.5 grid-cols-[minmax(5rem,auto)_minmax(0,1fr)] gap-x-3"
            />
          </details>
        </div>
      </details>
    </li>
  );
}

type Step = ExplainedEvent['steps'][number];

/** Those that match first. */
const stepsInOrder = (steps: readonly Step[]): Step[] => [
  ...steps.filter((step) => step.matched),
  ...steps.filter((step) => !step.matched),
];

/** One of the rule's detections. Where the event matches another one, that it does not match this is told when asked for. */
function Step({ step, alone, folded }: { step: Step; alone: boolean; folded: boolean }) {
  const name = <LogText text={step.title || step.name} limit={200} className="!font-sans !text-[1em]" />;
  const told = (
    <>
      {!step.matched && <Differ title="To match" sentences={step.differ} />}
      {step.clauses.length > 0 && <Clauses clauses={step.clauses} />}
    </>
  );
  if (folded) {
    return (
      <details className="text-muted">
        <summary className="rounded text-xs hover:text-text">{name} does not match</summary>
        <div className="mt-2 flex flex-col gap-2">{told}</div>
      </details>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      {!alone && (
        <h4 className="text-xs font-semibold text-muted">
          {name} {step.matched ? 'matches' : 'does not match'}
        </h4>
      )}
      {told}
    </div>
  );
}

function Counted(props: {
  correlation: CountedSoFar;
  order: ReadonlyMap<string, number>;
  /** It is a step of another correlation. */
  nested?: boolean;
}) {
  const { correlation, order, nested } = props;
  // Where the whole fires, or a part is not about this event, the part's own count says nothing.
  const inner = correlation.fired ? [] : (correlation.inner ?? []).filter((part) => part.group !== null);
  const numbers = correlation.events.map((id) => order.get(id)).filter((each) => each !== undefined);
  const elsewhere = correlation.events.length - numbers.length;
  const groups = Object.entries(correlation.group ?? {});
  return (
    <div className="flex flex-col gap-2">
      <div className="rounded-md border p-2.5">
        <h4 className="mb-1.5 text-xs font-semibold text-muted">
          {nested && correlation.name && (
            <LogText text={`${correlation.name}: `} limit={120} className="!font-sans !text-[1em]" />
          )}
          {correlation.fired ? 'Enough: it fires' : 'Not enough yet'}
        </h4>
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-0.5">
          <dt className="text-muted">Observed</dt>
          <dd className={cx('tabular font-semibold', correlation.fired && 'text-accent')}>
            {group(correlation.observed)}
            {typeof correlation.needed === 'number' && (
              <span className="font-normal text-muted"> of {group(correlation.needed)} needed</span>
            )}
          </dd>
          <dt className="text-muted">Asked for</dt>
          <dd>
            <LogText text={correlation.condition} className="!font-sans !text-[1em]" />
          </dd>
          <dt className="text-muted">Within</dt>
          <dd>{duration(correlation.window_seconds)}</dd>
          {groups.map(([field, value]) => (
            <div key={field} className="contents">
              <dt className="text-muted">{fieldName(field)}</dt>
              <dd>
                <LogText text={String(value)} limit={200} />
              </dd>
            </div>
          ))}
          {correlation.group && groups.length === 0 && (
            <div className="contents">
              <dt className="text-muted">For</dt>
              <dd>everybody together: the rule does not group</dd>
            </div>
          )}
          {numbers.length > 0 && (
            <div className="contents">
              <dt className="text-muted">Counted</dt>
              <dd className="tabular">
                no. {numbers.slice(0, 40).join(', ')}
                {numbers.length > 40 && ` and ${numbers.length - 40} more`}
                {elsewhere > 0 && ` and ${plural(elsewhere, 'other')}`}
              </dd>
            </div>
          )}
        </dl>
        {correlation.missing_group.length > 0 && (
          <p className="mt-1.5 text-xs text-high">
            It counts for nobody: the event has no{' '}
            {correlation.missing_group.map((field, index) => (
              <span key={field}>
                {index > 0 && ', '}
                <LogText text={field} limit={60} />
              </span>
            ))}
            .
          </p>
        )}
      </div>
      {!correlation.fired && <Differ title="To fire" sentences={correlation.differ} />}
      {inner.length > 0 && (
        <div className="ml-2 flex flex-col gap-2 border-l pl-3">
          {inner.map((part, index) => (
            <Counted key={part.name ?? index} correlation={part} order={order} nested />
          ))}
        </div>
      )}
    </div>
  );
}
