import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pencil, RotateCw, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Switch } from '../ui/Switch.tsx';
import { Time } from '../ui/Time.tsx';
import { type Channel, type ChannelType, channelPath } from './queries.ts';

interface TestResult {
  success: boolean;
  detail: string;
  took_ms: number;
}

export function ChannelList({
  channels,
  types,
  onEdit,
}: {
  channels: readonly Channel[];
  types: readonly ChannelType[];
  onEdit: (id: string) => void;
}) {
  return (
    <ul>
      {channels.map((channel) => (
        <ChannelRow
          key={channel.id}
          channel={channel}
          title={types.find(({ name }) => name === channel.type)?.title ?? channel.type}
          onEdit={() => onEdit(channel.id)}
        />
      ))}
    </ul>
  );
}

function ChannelRow({ channel, title, onEdit }: { channel: Channel; title: string; onEdit: () => void }) {
  const queryClient = useQueryClient();
  const [isSure, setSure] = useState(false);
  const refresh = () => void queryClient.invalidateQueries({ queryKey: ['notifications'] });
  const failed = (error: Error) => void toast.error(sentence(error));
  const test = useMutation({
    mutationFn: () => request<TestResult>(`${channelPath(channel.id)}/test`, { method: 'POST' }),
    onSuccess: ({ success, detail }) => {
      if (success) toast.success(`${channel.name}: the test arrived (${detail})`);
      else toast.error(`${channel.name}: ${detail}`);
    },
    onError: failed,
    onSettled: refresh,
  });
  const pause = useMutation({
    mutationFn: (enabled: boolean) => request(channelPath(channel.id), { method: 'PATCH', body: { enabled } }),
    onError: failed,
    onSettled: refresh,
  });
  const retry = useMutation({
    mutationFn: () => request(`${channelPath(channel.id)}/retry`, { method: 'POST' }),
    onError: failed,
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: () => request(channelPath(channel.id), { method: 'DELETE' }),
    onSuccess: () => toast.success(`${channel.name} was removed`),
    onError: failed,
    onSettled: refresh,
  });
  const { queue, last } = channel;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-3 last:border-b-0">
      {!channel.fixed && (
        <Switch
          label={channel.enabled ? `Pause ${channel.name}` : `Resume ${channel.name}`}
          checked={channel.enabled}
          disabled={pause.isPending}
          onChange={(enabled) => pause.mutate(enabled)}
        />
      )}
      <div className="min-w-0 grow basis-60">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="break-words">{channel.name}</span>
          <Badge>{title}</Badge>
          {!channel.enabled && <Badge tone="warn">paused</Badge>}
          {queue.state !== 'ok' && (
            <Badge tone="bad">{queue.state === 'resting' ? 'receiver does not answer' : 'last attempt failed'}</Badge>
          )}
          {queue.waiting > 0 && <Badge tone="accent">{queue.waiting} waiting</Badge>}
        </p>
        <p className="text-xs text-muted break-words">{channel.target}</p>
        <p className="text-xs text-faint break-words" data-testid="last-result">
          {last === null ? (
            'Nothing was sent yet.'
          ) : (
            <>
              <span className={last.ok ? 'text-good' : 'text-bad'}>{last.ok ? 'Arrived' : 'Failed'}</span>{' '}
              <Time value={last.at} form="relative" /> ({last.kind}): <LogText text={last.detail} limit={300} />
            </>
          )}
          {queue.retry_at !== null && queue.waiting > 0 && (
            <>
              {' '}
              Next attempt <Time value={queue.retry_at} form="clock" />.
            </>
          )}
        </p>
      </div>
      <div className="flex items-center gap-1">
        {queue.waiting > 0 && (
          <IconButton label={`Try ${channel.name} now`} onClick={() => retry.mutate()}>
            <RotateCw aria-hidden="true" />
          </IconButton>
        )}
        <Button size="small" busy={test.isPending} onClick={() => test.mutate()}>
          <Send className="size-3.5" aria-hidden="true" /> Test
        </Button>
        {!channel.fixed && (
          <>
            <IconButton label={`Change ${channel.name}`} onClick={onEdit}>
              <Pencil aria-hidden="true" />
            </IconButton>
            {isSure ? (
              <Button size="small" kind="danger" onClick={() => remove.mutate()}>
                Really remove?
              </Button>
            ) : (
              <IconButton label={`Remove ${channel.name}`} onClick={() => setSure(true)}>
                <Trash2 aria-hidden="true" />
              </IconButton>
            )}
          </>
        )}
      </div>
    </li>
  );
}
