import type { EventJson, ParseTrace } from '../api/types.ts';
import { FieldList } from '../ui/FieldList.tsx';
import { keyed } from '../ui/keyed.ts';
import { LogText } from '../ui/LogText.tsx';

const shown = [
  'format',
  'event_type',
  'outcome',
  'severity',
  'time',
  'host',
  'program',
  'user',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'protocol',
] as const;

/** How a line was read: each stage with its result, then the fields that came out. */
export function ParseTraceList({ trace, event }: { trace: readonly ParseTrace[]; event: EventJson }) {
  const fields: [string, unknown][] = [
    ...shown.map((name): [string, unknown] => [name, event[name]]),
    ...Object.entries(event.fields),
  ];
  return (
    <div className="grid gap-x-6 gap-y-3 sm:grid-cols-2">
      <ol className="flex flex-col gap-1">
        {keyed(trace, (step) => step.stage).map(({ key, item: step }, index) => (
          <li key={key} className="flex gap-2">
            <span className="tabular w-4 shrink-0 text-right text-xs leading-5 text-faint">{index + 1}</span>
            <span className="min-w-0">
              <span className="text-xs text-muted">{step.stage}</span>{' '}
              <LogText text={step.result} limit={600} className="!font-sans !text-[1em]" />
            </span>
          </li>
        ))}
      </ol>
      <FieldList fields={fields} limit={600} className="grid-cols-[auto_minmax(0,1fr)] gap-x-3 self-start" />
    </div>
  );
}
