import { useMutation } from '@tanstack/react-query';
import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import { request } from '../api/client.ts';
import type { EventJson, ParseTrace } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { TextArea } from '../ui/Field.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Failure } from '../ui/States.tsx';
import { ParseTraceList } from './ParseTraceList.tsx';

/** How a line would be understood, stage by stage. */
export function TestLine() {
  const [text, setText] = useState('');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const run = useMutation({
    mutationFn: () =>
      request<{ events: EventJson[]; trace: ParseTrace[][] }>('/api/parse', {
        method: 'POST',
        body: { lines: lines.slice(0, 500) },
      }),
  });
  return (
    <div id="test-line" className="mt-6">
      <Card title="Test a line">
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (lines.length > 0) run.mutate();
          }}
        >
          <TextArea
            quiet
            mono
            label="Lines to test"
            rows={3}
            value={text}
            onChange={(event) => setText(event.target.value)}
            placeholder="Paste a log line: you see which format knows it and what was read from it. Nothing is stored."
          />
          <Button type="submit" className="self-start" disabled={lines.length === 0} busy={run.isPending}>
            <FlaskConical className="size-4" aria-hidden="true" /> See how it is read
          </Button>
        </form>
        {run.isError && <Failure error={run.error} retry={() => run.mutate()} className="mt-3" />}
        {run.data && (
          <ol className="mt-4 flex flex-col gap-3" aria-live="polite">
            {run.data.events.map((event, index) => (
              <li key={event.id} className="rounded-md border">
                <div className="border-b bg-bg px-3 py-2">
                  <LogText text={event.raw} limit={2000} />
                </div>
                <div className="px-3 py-2">
                  <ParseTraceList trace={run.data.trace[index] ?? []} event={event} />
                </div>
              </li>
            ))}
          </ol>
        )}
      </Card>
    </div>
  );
}
