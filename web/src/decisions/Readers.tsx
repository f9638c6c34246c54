import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Unplug } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { CopyLine } from '../ui/Copy.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { plural } from '../ui/format.ts';
import { Empty } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { bouncersQuery, type ListJson, listsQuery, useResponseChange } from './api.ts';

/** Who takes the decisions besides the firewall of this machine. */
export function Readers({ admin }: { admin: boolean }) {
  const bouncers = useQuery(bouncersQuery);
  const lists = useQuery({ ...listsQuery, enabled: admin });
  const [name, setName] = useState('');
  const [format, setFormat] = useState('txt');
  const [made, setMade] = useState<string | null>(null);
  const change = useResponseChange<ListJson & { path: string }>();
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-muted">
        CrowdSec’s bouncers work with Phosor as they are: make an API key with the scope “bouncer” under{' '}
        <Link to="/settings" search={{ tab: 'keys' }} className="text-accent underline">
          Settings
        </Link>{' '}
        and give them this server’s address. They are told what is enforced, never what is in dry-run.
      </p>
      <Card flush title="Bouncers">
        {(bouncers.data ?? []).length === 0 ? (
          <Empty icon={<Unplug aria-hidden="true" />} title="No bouncer has asked yet.">
            <p>Each shows up here with its first question: what it is, how often it asks, and whether it keeps up.</p>
          </Empty>
        ) : (
          <ul>
            {bouncers.data?.map((each) => (
              <li key={each.key_id} className="flex flex-wrap gap-x-3 gap-y-1 border-b px-4 py-2 last:border-b-0">
                <span>{each.name}</span>
                <span className="font-mono text-muted">{each.address}</span>
                <span className="min-w-0 grow break-words text-muted">{each.agent}</span>
                <span className="text-xs text-faint">
                  asked {plural(each.pulls, 'time')}, last <Time value={each.last_pull} form="relative" />
                  {each.behind > 0 && `, ${plural(each.behind, 'change')} behind`}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Card>
      {admin && (
        <Card title="Lists with an address of their own">
          <p className="mb-3 max-w-prose text-muted">
            For a firewall that fetches a list by itself: each gets a secret address of its own, under which it reads
            what is enforced, and nothing else.
          </p>
          <form
            className="flex flex-wrap items-end gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              change.mutate(
                { method: 'POST', path: '/api/response/lists', body: { name: name.trim(), format } },
                {
                  onSuccess: (list) => {
                    setMade(list.path);
                    setName('');
                  },
                },
              );
            }}
          >
            <Field
              label="For which firewall"
              placeholder="Router at the office"
              value={name}
              maxLength={80}
              onChange={(event) => setName(event.target.value)}
              className="min-w-0 grow basis-48"
            />
            <Select
              label="Form"
              value={format}
              onChange={(event) => setFormat(event.target.value)}
              options={[
                ['txt', 'Plain text'],
                ['json', 'JSON'],
                ['mikrotik', 'MikroTik'],
                ['pf', 'pf'],
              ]}
            />
            <Button type="submit" kind="primary" busy={change.isPending} disabled={name.trim() === ''}>
              Make
            </Button>
          </form>
          {made && (
            <div className="mt-3">
              <p className="mb-1 text-muted">Shown only now. Whoever knows it reads this list and nothing else:</p>
              <CopyLine text={`${window.location.origin}${made}`} />
            </div>
          )}
          <ul className="mt-3">
            {lists.data?.map((each) => (
              <li key={each.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t py-2">
                <span className="min-w-0 grow break-words">{each.name}</span>
                <span className="text-muted">{each.format}</span>
                <span className="text-xs text-faint">
                  read <Time value={each.last_used_at} form="relative" none="never" />
                </span>
                <Button
                  size="small"
                  onClick={() =>
                    change.mutate({
                      method: 'DELETE',
                      path: `/api/response/lists/${encodeURIComponent(each.id)}`,
                      done: () => `The list “${each.name}” is gone`,
                    })
                  }
                >
                  Remove
                </Button>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}
