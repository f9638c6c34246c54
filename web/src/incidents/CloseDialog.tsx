import { useState } from 'react';
import type { Disposition } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { changeIncident } from './api.ts';
import type { Incident } from './types.ts';
import { dispositionNames } from './words.ts';

const meanings: Record<Disposition, string> = {
  true_positive: 'An attack. A new alert about the same opens the incident again.',
  false_positive: 'The rules were wrong. A new alert about the same is a new incident.',
  benign: 'It happened and is allowed. A new alert about the same is a new incident.',
  undetermined: 'Nobody can tell. A new alert about the same opens the incident again.',
};

/** How an incident ends. */
export function CloseDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const [disposition, setDisposition] = useState<Disposition>(incident.disposition ?? 'true_positive');
  const [withAlerts, setWithAlerts] = useState(true);
  const [busy, setBusy] = useState(false);
  const close = async () => {
    setBusy(true);
    const change = { status: 'closed', disposition, close_alerts: withAlerts } as const;
    await changeIncident(incident, change, `Closed: ${dispositionNames[disposition].toLowerCase()}`);
    onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Close the incident"
      note={incident.title}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={busy} onClick={() => void close()}>
            Close the incident
          </Button>
        </>
      }
    >
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 text-xs font-medium text-muted">What was it?</legend>
        {(Object.keys(meanings) as Disposition[]).map((name) => (
          <label key={name} className="flex cursor-pointer items-start gap-2 rounded-md border p-2 hover:border-strong">
            <input
              type="radio"
              name="disposition"
              checked={disposition === name}
              onChange={() => setDisposition(name)}
              className="mt-1 accent-(--accent)"
            />
            <span>
              <span className="block font-medium">{dispositionNames[name]}</span>
              <span className="block text-xs text-muted">{meanings[name]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label className="mt-3 flex items-center gap-2">
        <input
          type="checkbox"
          checked={withAlerts}
          onChange={(event) => setWithAlerts(event.target.checked)}
          className="size-4 accent-(--accent)"
        />
        Close its open alerts as well, with the same decision
      </label>
    </Dialog>
  );
}
