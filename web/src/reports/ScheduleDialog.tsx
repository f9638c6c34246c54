import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { toast } from 'sonner';
import { request } from '../api/client.ts';
import { refreshSchedules, type Schedule, type SchedulePlan } from '../api/reports.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Select, TextArea } from '../ui/Field.tsx';
import { Failure } from '../ui/States.tsx';
import { ownZone } from './address.ts';

export const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const two = (value: number) => String(value).padStart(2, '0');

/** Makes a schedule, or changes one. */
export function ScheduleDialog({ schedule, onClose }: { schedule: Schedule | null; onClose: () => void }) {
  const form = useId();
  const [frequency, setFrequency] = useState(schedule?.frequency ?? 'daily');
  const save = useMutation({
    mutationFn: (plan: Omit<SchedulePlan, 'enabled'>) =>
      schedule === null
        ? request('/api/reports/schedules', { method: 'POST', body: plan })
        : request(`/api/reports/schedules/${encodeURIComponent(schedule.id)}`, { method: 'PATCH', body: plan }),
    onSuccess: () => {
      toast.success(schedule === null ? 'The schedule is made' : 'The schedule is changed');
      void refreshSchedules();
      onClose();
    },
  });
  const submit = (data: FormData) => {
    const text = (name: string) => String(data.get(name) ?? '');
    const [hour = 7, minute = 0] = text('time').split(':').map(Number);
    save.mutate({
      name: text('name').trim(),
      frequency,
      hour,
      minute,
      weekday: Number(text('weekday') || (schedule?.weekday ?? 1)),
      day: Number(text('day') || (schedule?.day ?? 1)),
      timezone: text('timezone').trim(),
      recipients: text('recipients')
        .split(/[\s,;]+/)
        .filter((address) => address !== ''),
      format: text('format') as SchedulePlan['format'],
    });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={schedule === null ? 'New schedule' : 'Edit schedule'}
      note="Each report is about the whole day, week or month before. One that was missed is made up once."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={form} busy={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          submit(new FormData(event.currentTarget));
        }}
      >
        <Field label="Name" name="name" required maxLength={100} defaultValue={schedule?.name ?? 'Daily report'} />
        <div className="grid grid-cols-2 gap-3">
          <Select
            label="How often"
            value={frequency}
            onChange={(event) => setFrequency(event.target.value as SchedulePlan['frequency'])}
            options={[
              ['daily', 'Every day'],
              ['weekly', 'Every week'],
              ['monthly', 'Every month'],
            ]}
          />
          <Field
            label="At"
            name="time"
            type="time"
            required
            defaultValue={`${two(schedule?.hour ?? 7)}:${two(schedule?.minute ?? 0)}`}
          />
          {frequency === 'weekly' && (
            <Select
              label="On"
              name="weekday"
              defaultValue={String(schedule?.weekday ?? 1)}
              options={weekdays.map((name, index) => [String(index + 1), name] as const)}
            />
          )}
          {frequency === 'monthly' && (
            <Field
              label="Day of the month"
              name="day"
              type="number"
              min={1}
              max={28}
              required
              defaultValue={schedule?.day ?? 1}
            />
          )}
          <Field
            label="Time zone"
            name="timezone"
            required
            maxLength={64}
            defaultValue={schedule?.timezone ?? ownZone()}
          />
          <Select
            label="As"
            name="format"
            defaultValue={schedule?.format ?? 'pdf'}
            options={[
              ['pdf', 'PDF'],
              ['csv', 'CSV'],
              ['json', 'JSON'],
            ]}
          />
        </div>
        <TextArea
          label="Recipients"
          name="recipients"
          rows={2}
          required
          hint="Mail addresses, at most 20, with commas or line breaks between."
          defaultValue={schedule?.recipients.join(', ') ?? ''}
        />
        {save.isError && <Failure error={save.error} />}
      </form>
    </Dialog>
  );
}
