import { useId, useRef } from 'react';
import type { RuleProblem } from '../api/types.ts';
import { cx } from '../ui/cx.ts';

const lineRem = 1.35;

/** A text field with line numbers that marks the lines in which something is wrong. Tab moves on, as everywhere. */
export function YamlEditor({
  value,
  onChange,
  problems,
}: {
  value: string;
  onChange: (value: string) => void;
  problems: readonly RuleProblem[];
}) {
  const id = useId();
  const gutter = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = value.split('\n').length;
  const marked = new Map(problems.map((problem) => [problem.line, problem.level]));

  const goTo = (line: number, column: number | null) => {
    const text = area.current;
    if (!text) return;
    const start =
      value
        .split('\n')
        .slice(0, line - 1)
        .join('\n').length +
      (line > 1 ? 1 : 0) +
      Math.max(0, (column ?? 1) - 1);
    text.focus();
    text.setSelectionRange(start, start);
  };

  return (
    <div className="flex flex-col gap-2">
      <label htmlFor={id} className="text-xs font-medium text-muted">
        Sigma rule
      </label>
      <div className="flex overflow-hidden rounded-md border bg-bg font-mono text-xs focus-within:border-accent">
        <div
          ref={gutter}
          aria-hidden="true"
          className="h-96 shrink-0 overflow-hidden border-r bg-rail py-2 text-right text-faint select-none"
          style={{ lineHeight: `${lineRem}rem` }}
        >
          {Array.from({ length: lines }, (_, index) => index + 1).map((line) => {
            const level = marked.get(line);
            return (
              <div
                key={line}
                className={cx(
                  'min-w-9 px-2',
                  level === 'error' && 'bg-bad/25 text-bad',
                  level === 'warning' && 'bg-high/20 text-high',
                )}
              >
                {line}
              </div>
            );
          })}
        </div>
        <textarea
          ref={area}
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          onScroll={(event) => {
            if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          wrap="off"
          aria-invalid={problems.some((problem) => problem.level === 'error') || undefined}
          className="thin-scroll h-96 min-w-0 grow resize-none bg-transparent px-3 py-2 outline-none"
          style={{ lineHeight: `${lineRem}rem`, tabSize: 2 }}
        />
      </div>
      {problems.some((problem) => problem.line !== null) && (
        <ul className="flex flex-col gap-1 text-xs">
          {problems
            .filter((problem) => problem.line !== null)
            .map((problem) => (
              <li key={`${problem.line}:${problem.message}`}>
                <button
                  type="button"
                  onClick={() => goTo(problem.line ?? 1, problem.column)}
                  className="text-left text-accent hover:underline"
                >
                  Go to line {problem.line}
                  {problem.column !== null && `, column ${problem.column}`}
                </button>
              </li>
            ))}
        </ul>
      )}
    </div>
  );
}
