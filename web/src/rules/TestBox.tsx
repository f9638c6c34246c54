import { useMutation } from '@tanstack/react-query';
import { Check, FlaskConical, Minus } from 'lucide-react';
import { useState } from 'react';
import { ExplainTree } from '../alert/ExplainTree.tsx';
import { marksOf } from '../alert/marks.ts';
import { request } from '../api/client.ts';
import type { RuleDraft, RuleTestResult } from '../api/types.ts';
import { ParseTraceList } from '../sources/ParseTraceList.tsx';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { TextArea } from '../ui/Field.tsx';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Failure } from '../ui/States.tsx';

const mostLines = 500;

/** Sample lines against the rule as it stands, apart from everything live: which match, what fires, and why. */
export function TestBox({ draft }: { draft: RuleDraft }) {
  const [text, setText] = useState('');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const run = useMutation({
    mutationFn: () =>
      request<RuleTestResult>('/api/rules/test', {
        method: 'POST',
        // A rule may be tried before it has a name.
        body: { rule: { ...draft, name: draft.name || 'Draft', enabled: true }, lines: lines.slice(0, mostLines) },
      }),
  });
  const result = run.data;
  const hits = result?.matched.filter((rules) => rules.length > 0).length ?? 0;
  const marks = new Map(result?.alerts.flatMap((alert) => [...marksOf(alert)]));
  return (
    <section className="flex flex-col gap-3 border-t pt-4" data-testid="rule-test">
      <div>
        <h3 className="font-semibold">Test with sample lines</h3>
        <p className="text-xs text-faint">
          Paste log lines as they come from the program. Nothing is stored, and no alert is raised.
        </p>
      </div>
      <TextArea
        quiet
        mono
        label="Sample lines"
        rows={5}
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="One log line per line"
        hint={lines.length > mostLines ? `Only the first ${mostLines} lines are tested.` : undefined}
      />
      <Button className="self-start" disabled={lines.length === 0} busy={run.isPending} onClick={() => run.mutate()}>
        <FlaskConical className="size-4" aria-hidden="true" /> Test {lines.length > 0 && plural(lines.length, 'line')}
      </Button>
      {run.isError && <Failure error={run.error} retry={() => run.mutate()} />}
      {result && (
        <div className="flex flex-col gap-3" aria-live="polite">
          <p className="font-medium">
            {plural(hits, 'line matches', 'lines match')};{' '}
            {result.alerts.length > 0 ? plural(result.alerts.length, 'alert fires', 'alerts fire') : 'no alert fires'}.
          </p>
          <ol className="overflow-hidden rounded-md border">
            {result.events.map((event, index) => {
              const matched = (result.matched[index]?.length ?? 0) > 0;
              return (
                <li key={event.id} className={cx('border-b last:border-b-0', matched && 'bg-accent-soft')}>
                  <details>
                    <summary className="flex items-start gap-2 px-2.5 py-1.5">
                      {matched ? (
                        <Check className="mt-0.5 size-4 shrink-0 text-good" aria-label="Matches" />
                      ) : (
                        <Minus className="mt-0.5 size-4 shrink-0 text-faint" aria-label="Does not match" />
                      )}
                      <span className="min-w-0 grow">
                        <LogText text={event.raw} marks={marks.get(event.id) ?? []} limit={600} />
                      </span>
                      <Badge>{event.event_type}</Badge>
                    </summary>
                    <div className="border-t bg-bg px-3 py-2">
                      <ParseTraceList trace={result.trace[index] ?? []} event={event} />
                    </div>
                  </details>
                </li>
              );
            })}
          </ol>
          {result.alerts.map((alert) => (
            <div key={alert.id} className="rounded-md border p-3">
              <p className="mb-2 font-medium">
                <LogText text={alert.message} className="!font-sans !text-[1em]" />
              </p>
              <ExplainTree explain={alert.explain} />
            </div>
          ))}
        </div>
      )}
    </section>
  );
}
