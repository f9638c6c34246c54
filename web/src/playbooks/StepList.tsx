import type { ReactNode } from 'react';
import { Badge } from '../ui/Badge.tsx';
import { LogText } from '../ui/LogText.tsx';
import type { StepJson } from './api.ts';
import { stepNames } from './words.ts';

/** Steps in order, in sentences. */
export function StepList<Step extends StepJson>({
  steps,
  extra,
}: {
  steps: Step[];
  extra?: (step: Step) => ReactNode;
}) {
  if (steps.length === 0) return <p className="text-muted">Nothing yet: correct what is wrong to see its steps.</p>;
  return (
    <ol className="flex flex-col gap-2" aria-label="Steps">
      {steps.map((step, index) => (
        <li key={`${String(index)} ${step.do}`} className="flex gap-2">
          <span className="tabular w-5 shrink-0 text-right text-muted">{index + 1}.</span>
          <div className="min-w-0">
            <p className="break-words">
              <span className="font-medium">{step.name ?? stepNames[step.do]}</span>{' '}
              <LogText text={step.text} limit={400} className="!font-sans !text-[1em] break-words text-muted" />{' '}
              {step.approval === 'required' && <Badge tone="warn">asks first</Badge>}
            </p>
            {extra?.(step)}
          </div>
        </li>
      ))}
    </ol>
  );
}
