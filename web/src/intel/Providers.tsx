import { useState } from 'react';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field } from '../ui/Field.tsx';
import { group, plural } from '../ui/format.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { Time } from '../ui/Time.tsx';
import type { IntelJson, ProviderJson } from './queries.ts';
import { useIntelChange } from './useIntelChange.ts';

const keyWords = { none: 'no key', configuration: 'key set in the configuration', browser: 'key set here' } as const;
const variables = { virustotal: 'VIRUS_TOTAL_API_KEY', abuseipdb: 'ABUSEIPDB_API_KEY', otx: 'OTX_API_KEY' } as const;

export function Providers({
  providers,
  summary,
  admin,
}: {
  providers: ProviderJson[];
  summary: IntelJson['summary'];
  admin: boolean;
}) {
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-muted">
        Services that are asked about single addresses. With a key, AbuseIPDB and OTX are asked about external sources
        when they are first seen, VirusTotal about those of alerts of medium or above, within a day’s budget. They learn
        the addresses that you see. What they call malicious raises a critical alert.
      </p>
      <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
        {providers.map((provider) => (
          <Provider key={provider.source} provider={provider} admin={admin} />
        ))}
      </div>
      {(summary.waiting > 0 || summary.skipped > 0) && (
        <p className="text-xs text-faint">
          {plural(summary.waiting, 'address', 'addresses')} waiting; {group(summary.skipped)} not asked about since the
          start, because the budget was used or too many came.
        </p>
      )}
    </div>
  );
}

function Provider({ provider, admin }: { provider: ProviderJson; admin: boolean }) {
  const [editing, setEditing] = useState(false);
  const [said, setSaid] = useState<{ ok: boolean; message: string } | null>(null);
  const change = useIntelChange<ProviderJson>();
  const test = useIntelChange<{ ok: boolean; message: string }>();
  const path = `/providers/${provider.source}`;
  const hasKey = provider.key !== 'none';
  return (
    <Card title={provider.name} extra={<Badge tone={hasKey ? 'good' : 'neutral'}>{keyWords[provider.key]}</Badge>}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
        <dt className="text-faint">Asked today</dt>
        <dd>
          <span className="tabular">
            {group(provider.used_today)} of {group(provider.per_day)}
          </span>
          {provider.per_minute !== null && <span className="text-faint"> · {provider.per_minute} a minute</span>}
        </dd>
        <dt className="text-faint">An answer is good for</dt>
        <dd>{plural(provider.cache_hours, 'hour')}</dd>
        <dt className="text-faint">Last answer</dt>
        <dd>
          <Time value={provider.last_answer_at} form="relative" none="none since the start" />
        </dd>
      </dl>
      <div className="mt-2">
        <ProgressBar
          label={`Budget of ${provider.name}`}
          share={provider.per_day === 0 ? 1 : provider.used_today / provider.per_day}
        />
      </div>
      {provider.paused_until && (
        <p className="mt-2 text-xs text-bad">
          {provider.last_error} It is asked again at <Time value={provider.paused_until} form="clock" />.
        </p>
      )}
      {said && (
        <p role="status" className={said.ok ? 'mt-2 text-xs text-good' : 'mt-2 text-xs text-bad'}>
          {said.message}
        </p>
      )}
      {admin && (
        <div className="mt-3 flex flex-wrap gap-2">
          {provider.key !== 'configuration' && (
            <Button size="small" onClick={() => setEditing(true)}>
              {hasKey ? 'Change the key' : 'Set a key'}
            </Button>
          )}
          {hasKey && (
            <Button
              size="small"
              busy={test.isPending}
              onClick={() => test.mutate({ method: 'POST', path: `${path}/test`, body: {} }, { onSuccess: setSaid })}
            >
              Test
            </Button>
          )}
          {provider.key === 'browser' && (
            <Button
              size="small"
              kind="danger"
              onClick={() =>
                change.mutate({
                  method: 'PUT',
                  path: `${path}/key`,
                  body: { key: null },
                  done: () => `The key of ${provider.name} is removed`,
                })
              }
            >
              Remove the key
            </Button>
          )}
        </div>
      )}
      {!hasKey && <p className="mt-2 text-xs text-faint">Or set {variables[provider.source]} before the start.</p>}
      {editing && <KeyDialog provider={provider} onClose={() => setEditing(false)} />}
    </Card>
  );
}

function KeyDialog({ provider, onClose }: { provider: ProviderJson; onClose: () => void }) {
  const [key, setKey] = useState('');
  const change = useIntelChange<ProviderJson>();
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Key of ${provider.name}`}
      note="It is kept encrypted and never shown again."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            disabled={key.trim().length < 8}
            busy={change.isPending}
            onClick={() =>
              change.mutate(
                {
                  method: 'PUT',
                  path: `/providers/${provider.source}/key`,
                  body: { key: key.trim() },
                  done: () => `The key of ${provider.name} is set`,
                },
                { onSuccess: onClose },
              )
            }
          >
            Save
          </Button>
        </>
      }
    >
      <Field
        label="Key"
        type="password"
        autoComplete="off"
        value={key}
        onChange={(event) => setKey(event.target.value)}
      />
    </Dialog>
  );
}
