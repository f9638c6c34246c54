import { useState } from 'react';
import { sentence } from '../api/client.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { useIntelChange } from './useIntelChange.ts';

const levels = [
  ['malicious', 'Malicious: a hit is a critical alert'],
  ['suspicious', 'Suspicious: a hit is a medium alert'],
] as const;
const often = [
  ['1', 'Every hour'],
  ['6', 'Every 6 hours'],
  ['24', 'Every day'],
  ['168', 'Every week'],
] as const;

/** Adds a list by its address, or from a file. */
export function AddList({ from, onClose }: { from: 'url' | 'file'; onClose: () => void }) {
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const [category, setCategory] = useState('own');
  const [level, setLevel] = useState('malicious');
  const [hours, setHours] = useState('24');
  const change = useIntelChange<{ name: string }>();
  const isReady = name.trim() !== '' && (from === 'url' ? url.trim() !== '' : file !== null);

  async function save(): Promise<void> {
    const shared = { name: name.trim(), category, level };
    const body =
      from === 'url'
        ? { ...shared, url: url.trim(), every_hours: Number(hours) }
        : { ...shared, text: await file?.text() };
    change.mutate(
      {
        method: 'POST',
        path: from === 'url' ? '/lists' : '/lists/upload',
        body,
        done: (list) => `${list.name} is on`,
      },
      { onSuccess: onClose },
    );
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={from === 'url' ? 'Add a list by its address' : 'Upload a list'}
      note="One address or network a line: text, netset, CSV or JSON."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={!isReady} busy={change.isPending} onClick={() => void save()}>
            {from === 'url' ? 'Add and fetch' : 'Upload'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label="Name" autoFocus maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
        {from === 'url' ? (
          <>
            <Field
              label="Address"
              type="url"
              value={url}
              onChange={(event) => setUrl(event.target.value)}
              placeholder="https://"
              error={change.isError ? sentence(change.error) : null}
            />
            <Select label="Fetched" value={hours} onChange={(event) => setHours(event.target.value)} options={often} />
          </>
        ) : (
          <Field
            label="File"
            type="file"
            accept=".txt,.csv,.json,.netset,.ipset,.list"
            onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            error={change.isError ? sentence(change.error) : null}
          />
        )}
        <Field
          label="Category"
          value={category}
          maxLength={31}
          onChange={(event) => setCategory(event.target.value.toLowerCase())}
          hint="One word: c2, attacks, scanners …"
        />
        <Select label="It says" value={level} onChange={(event) => setLevel(event.target.value)} options={levels} />
      </div>
    </Dialog>
  );
}
