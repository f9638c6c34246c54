import { useQuery } from '@tanstack/react-query';
import { lazy, type Ref, Suspense, useMemo } from 'react';
import { ApiError } from '../api/client.ts';
import { ruleFieldsQuery, ruleSchemaQuery } from '../api/trial.ts';
import type { RuleProblem } from '../api/types.ts';
import { Skeleton } from '../ui/States.tsx';
import type { EditorHandle } from './CodeEditor.tsx';
import type { Knowledge } from './completions.ts';

const CodeEditor = lazy(() => import('./CodeEditor.tsx').then((module) => ({ default: module.CodeEditor })));

const isUnknown = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 404 || error.status === 501);

/** A Sigma rule's text, with completion, places of faults and help. */
export function YamlPane(props: {
  value: string;
  onChange: (value: string) => void;
  problems: readonly RuleProblem[];
  readOnly: boolean;
  editor: Ref<EditorHandle>;
}) {
  const { value, onChange, problems, readOnly, editor } = props;
  const schema = useQuery(ruleSchemaQuery);
  const fields = useQuery(ruleFieldsQuery);
  const knowledge = useMemo(
    (): Knowledge => ({ schema: schema.data ?? null, fields: fields.data ?? [] }),
    [schema.data, fields.data],
  );
  const lacking = [...(schema.isError ? ['keys and values'] : []), ...(fields.isError ? ['field names'] : [])];
  return (
    <div className="flex flex-col gap-2">
      <div className="h-[26rem] max-h-[70dvh] overflow-hidden rounded-md border bg-bg focus-within:border-accent lg:h-[calc(100dvh-22.5rem)] lg:min-h-72">
        <Suspense fallback={<Skeleton lines={10} className="p-4" />}>
          <CodeEditor
            ref={editor}
            label="Sigma rule"
            value={value}
            onChange={onChange}
            problems={problems}
            knowledge={knowledge}
            readOnly={readOnly}
          />
        </Suspense>
      </div>
      <p className="text-xs text-faint max-sm:hidden">
        <Key>Ctrl Space</Key> completes · <Key>Ctrl S</Key> saves · <Key>Ctrl F</Key> finds · <Key>Tab</Key> indents,
        after <Key>Ctrl M</Key> it moves on
      </p>
      {lacking.length > 0 && (
        <p className="text-xs text-muted" role="status">
          No completion of {lacking.join(' and ')}:{' '}
          {isUnknown(schema.error ?? fields.error)
            ? 'this server does not offer it yet.'
            : 'the server does not answer.'}
        </p>
      )}
    </div>
  );
}

function Key({ children }: { children: string }) {
  return <kbd className="rounded border px-1 font-sans text-2xs text-muted">{children}</kbd>;
}
