import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ListChecks } from 'lucide-react';
import { useState } from 'react';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Select } from '../ui/Field.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { type About, playbooksQuery, type RunJson, usePlaybookChange } from './api.ts';
import { Answer } from './Trial.tsx';

/** Starts a playbook by hand, after having shown what it would do. */
export function RunPlaybook({ about }: { about: About }) {
  const [open, setOpen] = useState(false);
  const mayAct = useMayAct();
  if (!mayAct) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <ListChecks className="size-4" aria-hidden="true" /> Run playbook…
      </Button>
      {open && <RunDialog about={about} onClose={() => setOpen(false)} />}
    </>
  );
}

function RunDialog({ about, onClose }: { about: About; onClose: () => void }) {
  const query = useQuery(playbooksQuery);
  const navigate = useNavigate();
  const change = usePlaybookChange<RunJson>();
  const usable = query.data?.playbooks.filter((each) => each.usable) ?? [];
  const [picked, setPicked] = useState<string | null>(null);
  const id = picked ?? usable[0]?.id ?? null;
  const start = () =>
    id !== null &&
    change.mutate(
      { method: 'POST', path: `/api/playbooks/${id}/run`, body: about, done: (run) => `${run.name} has begun` },
      {
        onSuccess: (run) => {
          onClose();
          void navigate({ to: '/playbooks', search: { run: run.id } });
        },
      },
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title="Run a playbook"
      note="What it would do is shown first. Steps that ask wait for approval all the same."
      footer={
        <Button kind="primary" busy={change.isPending} disabled={id === null} onClick={start}>
          Run it
        </Button>
      }
    >
      {query.isPending && <Skeleton lines={4} />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {id !== null && (
        <div className="flex flex-col gap-4">
          <Select
            label="Playbook"
            value={id}
            onChange={(event) => setPicked(event.target.value)}
            options={usable.map((each) => [each.id, each.name] as const)}
          />
          <Answer what={{ id, ...about }} />
        </div>
      )}
    </Dialog>
  );
}
