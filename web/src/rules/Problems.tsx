import { CircleAlert, CircleCheck, LoaderCircle, TriangleAlert } from 'lucide-react';
import type { RuleProblem } from '../api/types.ts';
import { LogText } from '../ui/LogText.tsx';

/** What the compiler says about the rule as it stands in the form. */
export function Problems({
  problems,
  state,
  failure,
  missing,
  onGo,
}: {
  problems: readonly RuleProblem[];
  state: 'incomplete' | 'checking' | 'checked';
  failure: string | null;
  /** What has to be filled in before the rule can be checked, or saved. */
  missing: readonly string[];
  /** Shows the place in the text. */
  onGo?: (line: number, column: number | null) => void;
}) {
  return (
    <div aria-live="polite" className="flex flex-col gap-1.5" data-testid="problems">
      {missing.length > 0 && (
        <p className="text-xs text-muted">
          Before it can be {state === 'incomplete' ? 'checked' : 'saved'}: {missing.join(' ')}
        </p>
      )}
      {failure && (
        <p className="flex items-start gap-2 text-bad">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
          <span>{failure}</span>
        </p>
      )}
      {problems.map((problem) => (
        <p
          key={`${problem.line}:${problem.column}:${problem.message}`}
          className={`flex items-start gap-2 ${problem.level === 'error' ? 'text-bad' : 'text-high'}`}
        >
          {problem.level === 'error' ? (
            <CircleAlert className="mt-0.5 size-4 shrink-0" aria-label="Error" />
          ) : (
            <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-label="Warning" />
          )}
          <span className="min-w-0">
            <Place problem={problem} onGo={onGo} />
            <LogText text={problem.message} className="!font-sans !text-[1em]" />
          </span>
        </p>
      ))}
      {state === 'checking' && (
        <p className="flex items-center gap-2 text-xs text-faint">
          <LoaderCircle className="size-3.5 animate-spin" aria-hidden="true" /> Checking
        </p>
      )}
      {state === 'checked' && problems.length === 0 && !failure && (
        <p className="flex items-center gap-2 text-good">
          <CircleCheck className="size-4" aria-hidden="true" /> The rule is valid.
        </p>
      )}
    </div>
  );
}

function Place({
  problem: { line, column },
  onGo,
}: {
  problem: RuleProblem;
  onGo: ((line: number, column: number | null) => void) | undefined;
}) {
  if (line === null) return null;
  const place = `${line}:${column ?? 1}`;
  if (!onGo) return <span className="tabular mr-1.5 text-xs">{place}</span>;
  return (
    <button
      type="button"
      aria-label={`Go to line ${line}, column ${column ?? 1}`}
      title="Go there"
      onClick={() => onGo(line, column)}
      className="tabular mr-1.5 rounded text-xs underline decoration-dotted underline-offset-2 hover:decoration-solid"
    >
      {place}
    </button>
  );
}
