import { ShieldCheck } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from './Button.tsx';
import { Card } from './Card.tsx';
import { Field } from './Field.tsx';
import { Empty } from './States.tsx';
import { Time } from './Time.tsx';

interface AllowedNetwork {
  network: string;
  reason: string;
  by: string;
  created_at: string;
}

/** Addresses and networks that are left alone, each with its reason, and the form that adds one. */
export function AllowList({
  title,
  verb,
  allowed,
  admin,
  busy,
  onAdd,
  onRemove,
  empty,
}: {
  title: string;
  /** What the button says that adds one. */
  verb: string;
  allowed: readonly AllowedNetwork[];
  admin: boolean;
  busy: boolean;
  /** Calls `added` once it is kept: the form is empty then. */
  onAdd: (entry: { network: string; reason: string }, added: () => void) => void;
  onRemove: (network: string) => void;
  empty: { title: string; note: ReactNode };
}) {
  const [network, setNetwork] = useState('');
  const [reason, setReason] = useState('');
  return (
    <>
      {admin && (
        <form
          className="flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            onAdd({ network: network.trim(), reason: reason.trim() }, () => {
              setNetwork('');
              setReason('');
            });
          }}
        >
          <Field
            label="Address or network"
            value={network}
            onChange={(event) => setNetwork(event.target.value)}
            placeholder="203.0.113.0/24"
            className="w-56"
          />
          <Field
            label="Why"
            value={reason}
            maxLength={300}
            onChange={(event) => setReason(event.target.value)}
            placeholder="The office, a partner, monitoring …"
            className="min-w-0 grow basis-48"
          />
          <Button type="submit" kind="primary" busy={busy} disabled={network.trim() === '' || reason.trim() === ''}>
            {verb}
          </Button>
        </form>
      )}
      <Card flush title={title}>
        {allowed.length === 0 ? (
          <Empty icon={<ShieldCheck aria-hidden="true" />} title={empty.title}>
            <p>{empty.note}</p>
          </Empty>
        ) : (
          <ul>
            {allowed.map((each) => (
              <li
                key={each.network}
                className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2 last:border-b-0"
              >
                <span className="font-mono">{each.network}</span>
                <span className="min-w-0 grow break-words text-muted">{each.reason}</span>
                <span className="text-xs text-faint">
                  {each.by} · <Time value={each.created_at} form="relative" />
                </span>
                {admin && (
                  <Button size="small" aria-label={`Remove ${each.network}`} onClick={() => onRemove(each.network)}>
                    Remove
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}
