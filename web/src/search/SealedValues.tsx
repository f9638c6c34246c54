import { useMutation } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { request } from '../api/client.ts';
import type { EventJson } from '../api/types.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Failure } from '../ui/States.tsx';

/** What was taken out of an event before it was stored; shown to analysts who ask for it. */
export function SealedValues({ event }: { event: EventJson }) {
  const mayAct = useMayAct();
  const reveal = useMutation({
    mutationFn: (id: string) =>
      request<{ values: Record<string, string>; unreadable: number }>(`/api/events/${id}/reveal`, { method: 'POST' }),
  });
  const sealed = event.fields?.phosor_sealed;
  if (sealed === null || typeof sealed !== 'object') return null;
  // What was shown of one event is not shown of the next.
  const shown = reveal.variables === event.id ? reveal.data : undefined;
  return (
    <section aria-label="Sealed values" className="flex flex-col gap-2 rounded-md border p-2.5">
      <div className="flex flex-wrap items-center gap-2 text-muted">
        <span>{plural(Object.keys(sealed).length, 'sealed value')}</span>
        {mayAct && shown === undefined && (
          <Button size="small" className="ml-auto" disabled={reveal.isPending} onClick={() => reveal.mutate(event.id)}>
            <KeyRound className="size-3.5" aria-hidden="true" /> Show sealed values
          </Button>
        )}
        {!mayAct && <span className="text-xs text-faint">Analysts may open them.</span>}
      </div>
      {reveal.isError && <Failure error={reveal.error} />}
      {shown && (
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
          {Object.entries(shown.values).map(([marker, value]) => (
            <div key={marker} className="contents">
              <dt className="text-xs text-faint">{marker}</dt>
              <dd className="min-w-0">
                <LogText text={value} limit={2000} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {shown !== undefined && shown.unreadable > 0 && (
        <p className="text-xs text-muted">
          {plural(shown.unreadable, 'value')} cannot be opened with the keys of this installation.
        </p>
      )}
      {shown && <p className="text-xs text-faint">That you looked is in the audit trail.</p>}
    </section>
  );
}
