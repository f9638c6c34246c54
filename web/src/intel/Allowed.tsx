import { ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Field } from '../ui/Field.tsx';
import { Empty } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import type { AllowedJson } from './queries.ts';
import { useIntelChange } from './useIntelChange.ts';

/** What no list matches, whatever it holds. */
export function Allowed({ allowed, admin }: { allowed: AllowedJson[]; admin: boolean }) {
  const [network, setNetwork] = useState('');
  const [reason, setReason] = useState('');
  const change = useIntelChange<AllowedJson>();
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-muted">
        Networks that no list matches and that nobody is asked about: your own, partners, scanners that you ordered.
        Private and reserved addresses and those of this machine never match anyway.
      </p>
      {admin && (
        <form
          className="flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate(
              {
                method: 'POST',
                path: '/allowed',
                body: { network: network.trim(), reason: reason.trim() },
                done: (added) => `${added.network} is allowed`,
              },
              {
                onSuccess: () => {
                  setNetwork('');
                  setReason('');
                },
              },
            );
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
            className="min-w-0 grow basis-48"
          />
          <Button
            type="submit"
            kind="primary"
            busy={change.isPending}
            disabled={network.trim() === '' || reason.trim() === ''}
          >
            Allow
          </Button>
        </form>
      )}
      <Card flush title="Allowed">
        {allowed.length === 0 ? (
          <Empty icon={<ShieldCheck aria-hidden="true" />} title="Nothing is allowed yet.">
            <p>Where a list is wrong about an address, allow it here instead of switching the list off.</p>
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
                  <Button
                    size="small"
                    onClick={() =>
                      change.mutate({
                        method: 'DELETE',
                        path: '/allowed',
                        query: { network: each.network },
                        done: () => `Lists match ${each.network} again`,
                      })
                    }
                  >
                    Remove
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Card>
    </div>
  );
}
