import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../api/client.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Field } from '../ui/Field.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import type { About, ForeseenJson } from './api.ts';
import { StepList } from './StepList.tsx';
import { verdictWords } from './words.ts';

/** Addresses are digits, dots and colons; everything else that is given here is an id. */
const aboutOf = (text: string): About =>
  /^[0-9.]+$|^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) ? { address: text } : { alert: text };

/** What the playbook would do about an alert or an address, without doing it. */
export function Trial({ yaml, usable }: { yaml: string; usable: boolean }) {
  const mayAct = useMayAct();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState<{ yaml: string; about: About } | null>(null);
  if (!mayAct) return null;
  return (
    <Card title="Try it">
      <form
        className="mb-3 flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked({ yaml, about: aboutOf(text.trim()) });
        }}
      >
        <Field
          label="Alert or address"
          hint="The id of an alert, as in its page’s address, or an IP address. Nothing is done."
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="grow basis-56"
        />
        <Button type="submit" disabled={!usable || text.trim() === ''}>
          Try
        </Button>
      </form>
      {asked && <Answer what={{ yaml: asked.yaml, ...asked.about }} />}
    </Card>
  );
}

/** What would happen, step by step. */
export function Answer({ what }: { what: Record<string, string> }) {
  const query = useQuery({
    queryKey: ['playbooks', 'trial', what],
    queryFn: ({ signal }) => request<ForeseenJson>('/api/playbooks/test', { method: 'POST', body: what, signal }),
    retry: false,
    gcTime: 0,
    // Each trial is audited: it is asked for once.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (query.isPending) return <Skeleton lines={4} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const { why_not, steps } = query.data;
  return (
    <div className="flex flex-col gap-2">
      <p className="text-muted">
        {why_not === null ? 'Its trigger would start it.' : `By itself it would not start: ${why_not}`}
      </p>
      <StepList
        steps={steps}
        extra={({ verdict, note }) => (
          <p className="text-sm break-words text-muted">
            <Badge tone={verdictWords[verdict][1]}>{verdictWords[verdict][0]}</Badge>{' '}
            <LogText text={note} limit={400} className="!font-sans !text-[1em]" />
          </p>
        )}
      />
    </div>
  );
}
