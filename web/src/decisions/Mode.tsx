import { OctagonX } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Time } from '../ui/Time.tsx';
import { type ResponseJson, useResponseChange } from './api.ts';

/** Dry-run or not, the firewall, and the panic switch. */
export function Mode({ response, admin, mayAct }: { response: ResponseJson; admin: boolean; mayAct: boolean }) {
  const { mode, panic, enforcer, counts, counters } = response;
  const change = useResponseChange<{ lifted?: number }>();
  const [asking, setAsking] = useState<'enforce' | 'panic' | null>(null);
  const setMode = (value: ResponseJson['mode']) =>
    change.mutate({
      method: 'PATCH',
      path: '/api/settings',
      body: { key: 'response.mode', value },
      done: () => (value === 'enforce' ? 'Decisions are enforced from now on' : 'Dry-run: everything was lifted'),
    });
  const pull = (pulled: boolean) =>
    change.mutate({
      method: 'POST',
      path: '/api/response/panic',
      body: { pulled },
      done: ({ lifted }) => (pulled ? `${lifted ?? 0} decisions were lifted` : 'Decisions may be enforced again'),
    });
  return (
    <section aria-label="Mode" className="mb-4 flex flex-wrap items-center gap-3 rounded-lg border bg-surface p-3">
      <div className="min-w-0 grow basis-72">
        <p className="flex flex-wrap items-center gap-2">
          {panic ? (
            <Badge tone="bad">Panic switch pulled</Badge>
          ) : (
            <Badge tone={mode === 'enforce' ? 'good' : 'accent'}>{mode === 'enforce' ? 'Enforcing' : 'Dry-run'}</Badge>
          )}
          <span className="text-muted">
            {panic ? (
              <>
                {panic.by} pulled it <Time value={panic.at} form="relative" />: nothing is enforced.
              </>
            ) : mode === 'enforce' ? (
              `${counts.active} in force, ${enforcer.entries} in the firewall`
            ) : (
              `${counts['dry-run']} would be in force. Nothing is written anywhere.`
            )}
          </span>
        </p>
        <p className="mt-1 text-sm text-muted">
          Firewall: {enforcer.name ?? 'none'}
          {enforcer.verified_at && (
            <>
              , read back <Time value={enforcer.verified_at} form="relative" />
            </>
          )}
          {(counters.refused_again ?? 0) > 0 && ` · ${counters.refused_again} further refusals like those shown`}
        </p>
        {enforcer.problem && <p className="mt-1 break-words text-sm text-high">{enforcer.problem}</p>}
      </div>
      {admin &&
        (mode === 'enforce' ? (
          <Button onClick={() => setMode('dry-run')} busy={change.isPending}>
            Back to dry-run
          </Button>
        ) : (
          <Button onClick={() => setAsking('enforce')}>Enforce…</Button>
        ))}
      {panic
        ? admin && <Button onClick={() => pull(false)}>Release the panic switch</Button>
        : mayAct && (
            <Button kind="danger" onClick={() => setAsking('panic')}>
              <OctagonX aria-hidden="true" className="size-4" /> Panic…
            </Button>
          )}
      <Dialog
        open={asking !== null}
        onClose={() => setAsking(null)}
        title={asking === 'panic' ? 'Lift everything now?' : 'Enforce decisions?'}
        footer={
          <>
            <Button onClick={() => setAsking(null)}>Cancel</Button>
            <Button
              kind={asking === 'panic' ? 'danger' : 'primary'}
              onClick={() => {
                if (asking === 'panic') pull(true);
                else setMode('enforce');
                setAsking(null);
              }}
            >
              {asking === 'panic' ? 'Lift everything' : 'Enforce'}
            </Button>
          </>
        }
      >
        <p>
          {asking === 'panic'
            ? 'Every block and redirect ends at once, in the firewall, at bouncers and in lists. Nothing is enforced until an administrator releases the switch.'
            : 'From now on new decisions reach the firewall, bouncers and lists. What was decided in dry-run stays as it is. Look at those first: is somebody among them who must not be blocked? Put them on the list “Never blocked”.'}
        </p>
      </Dialog>
    </section>
  );
}
