import { ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Field } from '../ui/Field.tsx';
import { Empty } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { type ResponseJson, useResponseChange } from './api.ts';
import { protectedNames } from './words.ts';

/** Who is never blocked: the list that people keep, and what Phosor sees by itself. */
export function Allowed({ response, admin }: { response: ResponseJson; admin: boolean }) {
  const [network, setNetwork] = useState('');
  const [reason, setReason] = useState('');
  const change = useResponseChange<{ network: string; lifted: number }>();
  return (
    <div className="flex flex-col gap-4">
      {admin && (
        <form
          className="flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate(
              {
                method: 'POST',
                path: '/api/response/allowed',
                body: { network: network.trim(), reason: reason.trim() },
                done: (added) =>
                  `${added.network} is never blocked${added.lifted > 0 ? `; ${added.lifted} decisions were lifted` : ''}`,
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
            Never block
          </Button>
        </form>
      )}
      <Card flush title="Allow-list">
        {response.allowed.length === 0 ? (
          <Empty icon={<ShieldCheck aria-hidden="true" />} title="Nobody is on it yet.">
            <p>Put your own networks, partners and monitoring on it before decisions are enforced.</p>
          </Empty>
        ) : (
          <ul>
            {response.allowed.map((each) => (
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
                        path: '/api/response/allowed',
                        query: { network: each.network },
                        done: () => `${each.network} may be blocked again`,
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
      <Card flush title="Protected by themselves">
        <ul>
          {response.protected.map(({ network, why }) => (
            <li key={`${network} ${why}`} className="flex flex-wrap gap-x-3 border-b px-4 py-1.5 last:border-b-0">
              <span className="font-mono">{network}</span>
              <span className="text-muted">{protectedNames[why]}</span>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}
