import { useState } from 'react';
import type { SourceJson } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field } from '../ui/Field.tsx';
import { changeSource, removeSource, type SourceChange } from './source-actions.ts';

const zones = Intl.supportedValuesOf('timeZone');

export function EditSource({ source, onClose }: { source: SourceJson; onClose: () => void }) {
  const [hint, setHint] = useState(source.hint ?? '');
  const [timezone, setTimezone] = useState(source.timezone ?? '');
  const [trusted, setTrusted] = useState(source.trusted);
  const [enabled, setEnabled] = useState(source.enabled);
  const [busy, setBusy] = useState(false);
  const wrongZone = timezone !== '' && timezone !== 'UTC' && !zones.includes(timezone);

  const save = async () => {
    const change: SourceChange = {
      ...(hint !== (source.hint ?? '') ? { hint: hint || null } : {}),
      ...(timezone !== (source.timezone ?? '') ? { timezone: timezone || null } : {}),
      ...(trusted !== source.trusted ? { trusted } : {}),
      ...(enabled !== source.enabled ? { enabled } : {}),
    };
    if (Object.keys(change).length === 0) return onClose();
    setBusy(true);
    if (await changeSource(source, change, `${source.name} changed`)) onClose();
    else setBusy(false);
  };

  return (
    <Dialog
      open
      onClose={onClose}
      title={source.name}
      note={source.path ?? undefined}
      footer={
        <>
          {source.type === 'file_tail' && (
            <Button
              kind="danger"
              className="mr-auto"
              onClick={() => {
                onClose();
                void removeSource(source);
              }}
            >
              Remove
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={busy} disabled={wrongZone} onClick={() => void save()}>
            Save
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field
          label="Format hint"
          value={hint}
          onChange={(event) => setHint(event.target.value)}
          placeholder={source.format ?? 'sshd, nginx-access, json …'}
          hint="Only breaks ties: the format is told from each line."
        />
        <Field
          label="Time zone of times without one"
          list="zones"
          value={timezone}
          onChange={(event) => setTimezone(event.target.value)}
          placeholder="That of this machine"
          error={wrongZone ? 'No such zone. Write it as in Europe/Berlin.' : null}
          hint="Old syslog lines do not state their zone."
        />
        <datalist id="zones">
          {zones.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <label className="flex items-start gap-2">
          <input
            type="checkbox"
            checked={trusted}
            onChange={(event) => setTrusted(event.target.checked)}
            className="mt-0.5 size-4 accent-(--accent)"
          />
          <span>
            Trusted sender
            <span className="block text-xs text-faint">
              Never limited, however much it sends: for relays of your own.
            </span>
          </span>
        </label>
        <label className="flex items-start gap-2">
          <input
            type="checkbox"
            checked={enabled}
            onChange={(event) => setEnabled(event.target.checked)}
            className="mt-0.5 size-4 accent-(--accent)"
          />
          <span>
            Enabled
            <span className="block text-xs text-faint">
              Off: nothing is taken from it until it is switched on again.
            </span>
          </span>
        </label>
      </div>
    </Dialog>
  );
}
