import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { toast } from 'sonner';
import { request } from '../api/client.ts';
import { type ReportJson, refreshHistory } from '../api/reports.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, TextArea } from '../ui/Field.tsx';
import { Failure } from '../ui/States.tsx';

/** Keeps the report as it is shown, with a name and notes. */
export function SaveDialog({ report, onClose }: { report: ReportJson; onClose: () => void }) {
  const form = useId();
  const [name, setName] = useState(report.title);
  const [notes, setNotes] = useState('');
  const save = useMutation({
    mutationFn: () =>
      request('/api/reports/save', { method: 'POST', body: { report_name: name.trim(), notes, report } }),
    onSuccess: () => {
      toast.success('The report is saved');
      void refreshHistory();
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Save this report"
      note="It stays as it is now, whatever becomes of the events."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={form} busy={save.isPending} disabled={name.trim() === ''}>
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
          save.mutate();
        }}
      >
        <Field label="Name" value={name} maxLength={200} required onChange={(event) => setName(event.target.value)} />
        <TextArea
          label="Notes"
          rows={4}
          value={notes}
          maxLength={10_000}
          onChange={(event) => setNotes(event.target.value)}
        />
        {save.isError && <Failure error={save.error} />}
      </form>
    </Dialog>
  );
}
