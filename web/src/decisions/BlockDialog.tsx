import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { plural } from '../ui/format.ts';
import { type DecisionJson, previewQuery, standingQuery, useResponseChange } from './api.ts';
import { Standing } from './Standing.tsx';
import { Verdict } from './Verdict.tsx';
import { kindNames } from './words.ts';

const spans: [string, string][] = [
  ['900', '15 minutes'],
  ['3600', 'One hour'],
  ['86400', 'One day'],
  ['604800', 'Seven days'],
];

/** It is asked about once it looks like an address or a range. */
const isWhole = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/.test(text) || /^[0-9a-f.]*:[0-9a-f.:]*:[0-9a-f.:]*(\/\d{1,3})?$/i.test(text);

interface Props {
  /** The address that it is opened from; absent: it is typed. */
  address?: string;
  /** Alerts that it rests on. */
  alerts?: readonly string[];
  /** Why, as it is proposed. */
  reason?: string;
}

/** A decision by hand: what the safety rules say of it is read before it is made. */
export function BlockDialog({ open, onClose, ...props }: Props & { open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={props.address === undefined ? 'Decide about an address' : `Decide about ${props.address}`}
    >
      <Content {...props} onClose={onClose} />
    </Dialog>
  );
}

function Content({ address, alerts = [], reason: proposed = '', onClose }: Props & { onClose: () => void }) {
  const mayAct = useMayAct();
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState(proposed);
  const [kind, setKind] = useState('block');
  const [ttl, setTtl] = useState('3600');
  const change = useResponseChange<DecisionJson>();
  const target = address ?? typed.trim();
  const standing = useQuery({ ...standingQuery([target]), enabled: address !== undefined });
  const there = standing.data?.[target] ?? [];
  const preview = useQuery({
    ...previewQuery({ target, kind, ttl_seconds: Number(ttl) }),
    enabled: mayAct && (address !== undefined || isWhole(target)),
  });
  const mayDecide = preview.data !== undefined && preview.data.outcome !== 'refused' && preview.data.standing === null;
  return (
    <div className="flex flex-col gap-4">
      {there.map((decision) => (
        <Standing key={decision.id} decision={decision} mayAct={mayAct} />
      ))}
      {!mayAct && there.length === 0 && (
        <p className="text-muted">Nothing was decided about it. Analysts and administrators decide.</p>
      )}
      {mayAct && (
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate(
              {
                method: 'POST',
                path: '/api/decisions',
                body: { target, reason: reason.trim(), kind, ttl_seconds: Number(ttl), alerts: alerts.slice(0, 50) },
                done: (made) =>
                  made.state === 'dry-run' ? `${made.target} would be blocked (dry-run)` : `${made.target}: decided`,
              },
              { onSuccess: onClose },
            );
          }}
        >
          {address === undefined && (
            <Field
              label="Address or range"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              placeholder="203.0.113.9"
              hint="An IPv6 address is blocked as its /64. At most /24 or /48."
            />
          )}
          <Field label="Why" value={reason} maxLength={300} onChange={(event) => setReason(event.target.value)} />
          <div className="grid grid-cols-2 gap-3">
            <Select
              label="What"
              value={kind}
              onChange={(event) => setKind(event.target.value)}
              options={[
                ['block', kindNames.block],
                ['redirect', `${kindNames.redirect} to the decoys`],
                ['alert', kindNames.alert],
              ]}
            />
            <Select label="How long" value={ttl} onChange={(event) => setTtl(event.target.value)} options={spans} />
          </div>
          {alerts.length > 0 && (
            <p className="text-xs text-muted">
              Evidence: {plural(Math.min(50, alerts.length), 'alert')}, kept with the decision
              {alerts.length > 50 && ` (the newest 50 of ${alerts.length})`}.
            </p>
          )}
          <Verdict kind={kind} asked={target} preview={preview.data} error={preview.error} />
          <Button
            type="submit"
            kind="primary"
            busy={change.isPending}
            disabled={target === '' || reason.trim() === '' || !mayDecide}
          >
            Decide
          </Button>
        </form>
      )}
    </div>
  );
}
