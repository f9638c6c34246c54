import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Mail, Pencil, Plus, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { meQuery } from '../api/queries.ts';
import { refreshSchedules, type Schedule, schedulesQuery } from '../api/reports.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Switch } from '../ui/Switch.tsx';
import { Time } from '../ui/Time.tsx';
import { ScheduleDialog, weekdays } from './ScheduleDialog.tsx';

const plain = '!font-sans !text-[1em]';
const addressOf = ({ id }: Schedule) => `/api/reports/schedules/${encodeURIComponent(id)}`;

/** Reports that are sent by mail: when, to whom, and how the last one went. */
export function Schedules() {
  const mayAct = useMayAct();
  const { data: user } = useQuery(meQuery);
  const query = useQuery({ ...schedulesQuery, enabled: mayAct });
  const [edited, setEdited] = useState<Schedule | 'new' | null>(null);
  const isAdmin = user?.role === 'admin';
  if (!mayAct) return <p className="text-muted">Schedules are shown to analysts and administrators.</p>;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton lines={5} />;
  const { schedules, mail_configured } = query.data;
  return (
    <div className="flex flex-col gap-4">
      {!mail_configured && (
        <p className="rounded-lg border border-high/40 bg-high/10 px-4 py-2.5">
          No way to send mail is configured, so nothing can be sent yet.{' '}
          <Link to="/settings" className="text-accent underline">
            Set one up under Settings
          </Link>
          .
        </p>
      )}
      <Card
        flush
        title="Sent by mail"
        extra={
          isAdmin && (
            <Button size="small" onClick={() => setEdited('new')}>
              <Plus className="size-3.5" aria-hidden="true" /> New schedule
            </Button>
          )
        }
      >
        {schedules.length === 0 && (
          <Empty icon={<Mail aria-hidden="true" />} title="No report is sent by mail.">
            <p>
              {isAdmin
                ? 'Make a schedule: every morning, every Monday, or on a day of the month.'
                : 'An administrator can make a schedule.'}
            </p>
          </Empty>
        )}
        <ul data-testid="schedules">
          {schedules.map((schedule) => (
            <Row key={schedule.id} schedule={schedule} isAdmin={isAdmin} onEdit={() => setEdited(schedule)} />
          ))}
        </ul>
      </Card>
      {edited !== null && (
        <ScheduleDialog schedule={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      )}
    </div>
  );
}

const two = (value: number) => String(value).padStart(2, '0');

function whenText({ frequency, weekday, day, hour, minute, timezone }: Schedule): string {
  const days = {
    daily: 'Every day',
    weekly: `Every ${weekdays[weekday - 1] ?? 'week'}`,
    monthly: `On day ${day} of every month`,
  };
  return `${days[frequency]} at ${two(hour)}:${two(minute)} (${timezone})`;
}

function Row({ schedule, isAdmin, onEdit }: { schedule: Schedule; isAdmin: boolean; onEdit: () => void }) {
  const [isSure, setSure] = useState(false);
  const settled = {
    onSettled: () => void refreshSchedules(),
    onError: (error: unknown) => toast.error(sentence(error)),
  };
  const pause = useMutation({
    mutationFn: (enabled: boolean) => request(addressOf(schedule), { method: 'PATCH', body: { enabled } }),
    ...settled,
  });
  const send = useMutation({
    mutationFn: () => request<{ ok: boolean; detail: string }>(`${addressOf(schedule)}/send`, { method: 'POST' }),
    onSuccess: ({ ok, detail }) => (ok ? toast.success(detail) : toast.error(`Not sent. ${detail}`)),
    ...settled,
  });
  const remove = useMutation({ mutationFn: () => request(addressOf(schedule), { method: 'DELETE' }), ...settled });
  const { name, last } = schedule;
  return (
    <li className="flex flex-col gap-1.5 border-b px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="min-w-0 grow basis-40 font-medium">
          <LogText text={name} className={plain} />
        </h3>
        <Badge>{schedule.format.toUpperCase()}</Badge>
        {!schedule.enabled && <Badge tone="warn">paused</Badge>}
        {isAdmin && (
          <>
            <Switch
              label={schedule.enabled ? `Pause ${name}` : `Resume ${name}`}
              checked={schedule.enabled}
              disabled={pause.isPending}
              onChange={(enabled) => pause.mutate(enabled)}
            />
            <Button size="small" busy={send.isPending} disabled={send.isPending} onClick={() => send.mutate()}>
              <Send className="size-3.5" aria-hidden="true" /> Send now
            </Button>
            <IconButton label={`Edit ${name}`} onClick={onEdit}>
              <Pencil aria-hidden="true" />
            </IconButton>
            <Button
              size="small"
              kind="danger"
              aria-label={isSure ? `Really delete ${name}?` : `Delete ${name}`}
              onBlur={() => setSure(false)}
              onClick={() => (isSure ? remove.mutate() : setSure(true))}
            >
              <Trash2 className="size-3.5" aria-hidden="true" /> {isSure ? 'Really delete?' : 'Delete'}
            </Button>
          </>
        )}
      </div>
      <p className="text-muted">
        {whenText(schedule)}, to <LogText text={schedule.recipients.join(', ')} className={plain} />
      </p>
      <p className="text-xs text-faint">
        {schedule.next_at ? (
          <>
            {schedule.retrying ? 'Tried again ' : 'Next '}
            <Time value={schedule.next_at} form="relative" />.{' '}
          </>
        ) : (
          'Paused. '
        )}
        {last ? (
          <span className={last.ok ? undefined : 'text-bad'}>
            {last.ok ? 'Last sent ' : 'Last try failed '}
            <Time value={last.at} form="relative" />: {last.detail}
          </span>
        ) : (
          'Not sent yet.'
        )}
      </p>
    </li>
  );
}
