import { PinOff } from 'lucide-react';
import { useState } from 'react';
import { request } from '../api/client.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field } from '../ui/Field.tsx';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Time } from '../ui/Time.tsx';
import { act, pathOf } from './api.ts';
import type { IncidentDetail } from './types.ts';

const mostLines = 5;

/** What was pinned, with its raw lines: they stay when the store has let them go. */
export function Evidence({ incident }: { incident: IncidentDetail }) {
  const mayAct = useMayAct() && incident.merged_into === null;
  return (
    <Card title="Evidence">
      {incident.evidence.length === 0 && (
        <p className="text-muted">
          Nothing was pinned yet. Pin an alert in the list of alerts{mayAct ? '' : ' (analysts can)'}: its lines are
          kept with the incident, even when the store has let them go.
        </p>
      )}
      <ul className="flex flex-col gap-3">
        {incident.evidence.map((one) => (
          <li key={one.id}>
            <div className="flex items-center gap-2 text-xs text-muted">
              <span className="font-medium">{one.author}</span>
              <Time value={one.created_at} form="relative" />
              <span>{plural(one.events.length, 'line')}</span>
              {mayAct && (
                <IconButton
                  label="Take it off the evidence"
                  className="ml-auto size-6"
                  onClick={() =>
                    void act(
                      () => request(`${pathOf(incident.id)}/evidence/${one.id}`, { method: 'DELETE' }),
                      'Taken off the evidence',
                    )
                  }
                >
                  <PinOff aria-hidden="true" />
                </IconButton>
              )}
            </div>
            <p className="break-words">
              <LogText text={one.reason} limit={2000} className="!font-sans !text-[1em]" />
            </p>
            {one.message && (
              <p className="text-xs break-words text-muted">
                <LogText text={one.message} limit={500} className="!font-sans !text-[1em]" />
              </p>
            )}
            <Lines events={one.events} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Lines({ events }: { events: IncidentDetail['evidence'][number]['events'] }) {
  const [all, setAll] = useState(false);
  const shown = all ? events : events.slice(0, mostLines);
  return (
    <div className="mt-1 rounded border bg-bg p-2 text-xs">
      {shown.map((event) => (
        <div key={event.id} className="break-all">
          <LogText text={event.raw} limit={2000} />
        </div>
      ))}
      {!all && events.length > mostLines && (
        <button type="button" className="mt-1 text-accent hover:underline" onClick={() => setAll(true)}>
          {events.length - mostLines} more
        </button>
      )}
    </div>
  );
}

/** Why something is evidence. */
export function PinDialog({
  incident,
  alertId,
  what,
  onClose,
}: {
  incident: IncidentDetail;
  alertId: string;
  what: string;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const pin = async () => {
    const body = { kind: 'alert', ref: alertId, reason };
    if (await act(() => request(`${pathOf(incident.id)}/evidence`, { method: 'POST', body }), 'Pinned')) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Pin as evidence"
      note={what}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={!reason.trim()} onClick={() => void pin()}>
            Pin
          </Button>
        </>
      }
    >
      <Field
        label="Why is it evidence?"
        maxLength={2000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && reason.trim()) void pin();
        }}
      />
    </Dialog>
  );
}
