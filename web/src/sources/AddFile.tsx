import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { offersQuery } from '../api/queries.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field } from '../ui/Field.tsx';
import { bytes } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { addFile } from './source-actions.ts';

/** A file to follow: one that was found on this machine, or a path. */
export function AddFile({ onClose }: { onClose: () => void }) {
  const [path, setPath] = useState('');
  const [hint, setHint] = useState('');
  const [beginning, setBeginning] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const offers = useQuery(offersQuery);

  const add = async (filepath: string) => {
    setBusy(true);
    setError(null);
    try {
      await addFile(filepath, hint || null, beginning);
      onClose();
    } catch (failure) {
      setError(sentence(failure));
      setBusy(false);
    }
  };
  const decline = async (offered: string) => {
    try {
      await request('/api/sources/offers/decline', { method: 'POST', body: { path: offered } });
      void offers.refetch();
    } catch (failure) {
      toast.error(sentence(failure));
    }
  };

  return (
    <Dialog
      open
      onClose={onClose}
      title="Follow a log file"
      note="Rotation is noticed, and the position survives a restart."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={busy} disabled={!path.trim()} onClick={() => void add(path.trim())}>
            Follow
          </Button>
        </>
      }
    >
      {offers.data && offers.data.length > 0 && (
        <section className="mb-5">
          <h3 className="mb-2 text-xs font-medium text-muted">Found on this machine</h3>
          <ul className="flex flex-col gap-1.5">
            {offers.data.map((offer) => (
              <li key={offer.path} className="flex items-center gap-2 rounded-md border bg-bg py-1 pr-1 pl-3">
                <span className="min-w-0 grow truncate">
                  <LogText text={offer.path} wrap={false} />{' '}
                  <span className="text-xs text-faint">{bytes(offer.bytes)}</span>
                </span>
                <Button size="small" kind="ghost" onClick={() => void decline(offer.path)}>
                  Do not offer
                </Button>
                <Button size="small" disabled={busy} onClick={() => void add(offer.path)}>
                  Follow
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (path.trim()) void add(path.trim());
        }}
      >
        <Field
          label="Path on the server, or a pattern such as /var/log/nginx/*.log"
          value={path}
          spellCheck={false}
          onChange={(event) => setPath(event.target.value)}
          error={error}
          hint="A file that does not exist yet is waited for."
        />
        <Field
          label="Format hint (optional)"
          value={hint}
          onChange={(event) => setHint(event.target.value)}
          hint="The format is told from each line; a hint only breaks ties."
        />
        <label className="flex items-start gap-2">
          <input
            type="checkbox"
            checked={beginning}
            onChange={(event) => setBeginning(event.target.checked)}
            className="mt-0.5 size-4 accent-(--accent)"
          />
          <span>
            Read it from the beginning
            <span className="block text-xs text-faint">
              Otherwise only what is written from now on. Old lines raise alerts that are marked as historical.
            </span>
          </span>
        </label>
      </form>
    </Dialog>
  );
}
