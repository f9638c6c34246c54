import { Plus, RotateCw, Trash2, Upload } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '../ui/Badge.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { group, plural } from '../ui/format.ts';
import { Switch } from '../ui/Switch.tsx';
import { Time } from '../ui/Time.tsx';
import { AddList } from './AddList.tsx';
import type { ListJson } from './queries.ts';
import { useIntelChange } from './useIntelChange.ts';

export function Lists({ lists, admin }: { lists: ListJson[]; admin: boolean }) {
  const [adding, setAdding] = useState<'url' | 'file' | null>(null);
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-muted">
        Lists of known addresses, matched in every event as it comes. Nothing is fetched before you switch a list on;
        then its server learns your address, and nothing else.
      </p>
      <Card
        flush
        title="Lists"
        extra={
          admin && (
            <>
              <Button size="small" onClick={() => setAdding('file')}>
                <Upload className="size-3.5" aria-hidden="true" /> Upload
              </Button>
              <Button size="small" onClick={() => setAdding('url')}>
                <Plus className="size-3.5" aria-hidden="true" /> List
              </Button>
            </>
          )
        }
      >
        <ul>
          {lists.map((list) => (
            <ListRow key={list.id} list={list} admin={admin} />
          ))}
        </ul>
      </Card>
      {adding && <AddList from={adding} onClose={() => setAdding(null)} />}
    </div>
  );
}

function ListRow({ list, admin }: { list: ListJson; admin: boolean }) {
  const change = useIntelChange<ListJson>();
  const [sure, setSure] = useState(false);
  const path = `/lists/${encodeURIComponent(list.id)}`;
  const isFile = list.origin === 'folder';
  const left = list.left_out;
  const busy = change.isPending || list.fetching;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 border-b px-4 py-2.5 last:border-b-0">
      <span className="pt-0.5">
        <Switch
          label={`Match ${list.name}`}
          checked={list.enabled}
          disabled={!admin || isFile || change.isPending}
          onChange={(enabled) =>
            change.mutate({
              method: 'PATCH',
              path,
              body: { enabled },
              done: () => (enabled ? `${list.name} is on` : `${list.name} is off`),
            })
          }
        />
      </span>
      <div className="min-w-0 grow basis-60">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{list.name}</span>
          <Badge>{list.category}</Badge>
          <Badge tone={list.level === 'malicious' ? 'bad' : 'warn'} title={levelMeans[list.level]}>
            {list.level}
          </Badge>
          {isFile && <Badge>file</Badge>}
        </p>
        {(list.description || list.url) && (
          <p className="text-xs break-words text-muted">
            {list.description} {list.url && <span className="break-all text-faint">{list.url}</span>}
          </p>
        )}
        {list.error && (
          <p className="text-xs text-bad" role="status">
            {list.error}
          </p>
        )}
      </div>
      <div className="flex flex-col text-xs text-faint sm:items-end">
        <span className="tabular text-text">
          {list.fetching
            ? 'Fetching …'
            : list.entries === null
              ? list.enabled
                ? 'not read yet'
                : 'off'
              : plural(list.entries, 'entry', 'entries')}
        </span>
        {left !== null && left.unread + left.too_wide + left.internal > 0 && (
          <span
            title={`Without an address: ${group(left.unread)}. Too wide to be meant: ${group(left.too_wide)}. Private or reserved: ${group(left.internal)}.`}
          >
            {group(left.unread + left.too_wide + left.internal)} left out
          </span>
        )}
        {list.fetched_at && (
          <span>
            as of <Time value={list.fetched_at} form="relative" />
          </span>
        )}
        {list.next_at && !list.fetching && <span>every {plural(list.every_hours, 'hour')}</span>}
      </div>
      {admin && !isFile && (
        <div className="flex items-center gap-1">
          {list.enabled && list.url && (
            <IconButton
              label={`Fetch ${list.name} now`}
              disabled={busy}
              onClick={() =>
                change.mutate({
                  method: 'POST',
                  path: `${path}/fetch`,
                  body: {},
                  done: ({ error }) => (error ? null : `${list.name} is up to date`),
                })
              }
            >
              <RotateCw className={busy ? 'animate-spin' : ''} aria-hidden="true" />
            </IconButton>
          )}
          {list.origin === 'own' &&
            (sure ? (
              <Button
                size="small"
                kind="danger"
                onClick={() => change.mutate({ method: 'DELETE', path, done: () => `${list.name} is removed` })}
              >
                Really remove?
              </Button>
            ) : (
              <IconButton label={`Remove ${list.name}`} onClick={() => setSure(true)}>
                <Trash2 aria-hidden="true" />
              </IconButton>
            ))}
        </div>
      )}
    </li>
  );
}

const levelMeans = {
  malicious: 'A hit raises a critical alert.',
  suspicious: 'A hit raises a medium alert.',
};
