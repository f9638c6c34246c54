import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { keysQuery } from '../api/queries.ts';
import type { KeyJson } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { CopyLine } from '../ui/Copy.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';

const scopes: [string, string][] = [
  ['ingest', 'Send events (webhooks, shippers)'],
  ['metrics', 'Read the metrics (Prometheus)'],
  ['bouncer', 'Read what is blocked: for firewalls and CrowdSec bouncers'],
  ['read', 'Read events and alerts'],
  ['analyst', 'Acknowledge and decide'],
  ['admin', 'Everything'],
];
const lifetimes: [string, string][] = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'One year'],
  ['', 'No end'],
];

export function Keys() {
  const query = useQuery(keysQuery);
  const queryClient = useQueryClient();
  const [creating, setCreating] = useState(false);
  const revoke = useMutation({
    mutationFn: (key: KeyJson) => request(`/api/keys/${encodeURIComponent(key.id)}`, { method: 'DELETE' }),
    onSuccess: (_, key) => {
      toast.success(`The key “${key.name}” no longer works`);
      void queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });
    },
    onError: (error) => toast.error(sentence(error)),
  });
  const [rotated, setRotated] = useState<string | null>(null);
  const rotate = useMutation({
    mutationFn: (key: KeyJson) =>
      request<KeyJson & { key: string }>(`/api/keys/${encodeURIComponent(key.id)}/rotate`, { method: 'POST' }),
    onSuccess: (made) => {
      setRotated(made.key);
      void queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });
    },
    onError: (error) => toast.error(sentence(error)),
  });
  /** Which button of which key was pressed once. */
  const [sure, setSure] = useState<string | null>(null);
  if (query.isPending) return <Skeleton />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <Card
      flush
      title="API keys"
      extra={
        <Button size="small" onClick={() => setCreating(true)}>
          <Plus className="size-3.5" aria-hidden="true" /> Key
        </Button>
      }
    >
      {query.data.length === 0 ? (
        <Empty icon={<KeyRound aria-hidden="true" />} title="No keys yet.">
          <p>A key lets a program send events or read alerts, in the header X-API-Key, without anybody’s password.</p>
          <Button className="mt-2" onClick={() => setCreating(true)}>
            Create a key
          </Button>
        </Empty>
      ) : (
        <ul>
          {query.data.map((key) => (
            <li
              key={key.id}
              className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2.5 last:border-b-0"
            >
              <span className="font-medium">{key.name}</span>
              <code className="text-xs text-faint">{key.prefix}…</code>
              {key.scopes.map((scope) => (
                <Badge key={scope}>{scope}</Badge>
              ))}
              {key.revoked ? <Badge tone="bad">revoked</Badge> : <Ending at={key.expires_at} />}
              <span className="ml-auto text-xs text-faint">
                used <Time value={key.last_used_at} form="relative" none="never" /> · ends{' '}
                <Time value={key.expires_at} form="relative" none="never" />
              </span>
              {!key.revoked && !hasEnded(key.expires_at) && (
                <Button
                  size="small"
                  title="A new secret for the same key. The old one stops working."
                  onClick={() => (sure === `rotate ${key.id}` ? rotate.mutate(key) : setSure(`rotate ${key.id}`))}
                >
                  {sure === `rotate ${key.id}` ? 'Really replace?' : 'Replace'}
                </Button>
              )}
              {!key.revoked && (
                <Button
                  size="small"
                  kind="danger"
                  onClick={() => (sure === key.id ? revoke.mutate(key) : setSure(key.id))}
                >
                  {sure === key.id ? 'Really revoke?' : 'Revoke'}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {creating && <NewKey onClose={() => setCreating(false)} />}
      {rotated !== null && (
        <SecretDialog
          secret={rotated}
          onClose={() => {
            setRotated(null);
            setSure(null);
          }}
        />
      )}
    </Card>
  );
}

const soonMs = 14 * 86_400_000;
const timeOf = (at: string | number | null): number =>
  at === null ? Number.POSITIVE_INFINITY : new Date(at).getTime();
const hasEnded = (at: string | number | null): boolean => timeOf(at) <= Date.now();

/** A key that ends soon is noticed before its program falls silent. */
function Ending({ at }: { at: string | number | null }) {
  if (hasEnded(at)) return <Badge tone="bad">ended</Badge>;
  if (timeOf(at) - Date.now() < soonMs) return <Badge tone="warn">ends soon</Badge>;
  return null;
}

/** The secret, once. */
function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      title="Copy the key now"
      note="It is shown this once; Phosor keeps only its fingerprint."
      footer={
        <Button kind="primary" onClick={onClose}>
          I have it
        </Button>
      }
    >
      <CopyLine text={secret} />
      <p className="mt-4 mb-1.5 text-xs text-muted">Try it:</p>
      <CopyLine
        text={`curl -H 'X-API-Key: ${secret}' -H 'Content-Type: application/json' -d '{"message":"hello"}' ${location.origin}/api/webhook/my_app`}
      />
    </Dialog>
  );
}

function NewKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string[]>(['ingest']);
  const [days, setDays] = useState('365');
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      request<KeyJson & { key: string }>('/api/keys', {
        method: 'POST',
        body: {
          name,
          scopes: chosen,
          ...(days ? { expires_at: new Date(Date.now() + Number(days) * 86_400_000).toISOString() } : {}),
        },
      }),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
  if (create.data) return <SecretDialog secret={create.data.key} onClose={onClose} />;
  return (
    <Dialog
      open
      onClose={onClose}
      title="New API key"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={create.isPending}
            disabled={!name.trim() || chosen.length === 0}
            onClick={() => create.mutate()}
          >
            Create
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field
          label="Name"
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
          hint="Who will use it: shipper-web-01"
        />
        <fieldset className="flex flex-col gap-1.5">
          <legend className="mb-1 text-xs font-medium text-muted">It may</legend>
          {scopes.map(([scope, text]) => (
            <label key={scope} className="flex items-center gap-2">
              <input
                type="checkbox"
                checked={chosen.includes(scope)}
                onChange={(event) =>
                  setChosen(event.target.checked ? [...chosen, scope] : chosen.filter((each) => each !== scope))
                }
                className="size-4 accent-(--accent)"
              />
              {text}
            </label>
          ))}
        </fieldset>
        <Select label="Until" value={days} onChange={(event) => setDays(event.target.value)} options={lifetimes} />
        {create.isError && <Failure error={create.error} />}
      </div>
    </Dialog>
  );
}
