import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { type DecisionJson, useResponseChange } from './api.ts';
import { kindNames } from './words.ts';

const spans: [string, string][] = [
  ['900', '15 minutes'],
  ['3600', 'One hour'],
  ['86400', 'One day'],
  ['604800', 'Seven days'],
];

/** A decision by hand. */
export function BlockDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [target, setTarget] = useState('');
  const [reason, setReason] = useState('');
  const [kind, setKind] = useState('block');
  const [ttl, setTtl] = useState('3600');
  const change = useResponseChange<DecisionJson>();
  return (
    <Dialog open={open} onClose={onClose} title="Decide about an address">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            {
              method: 'POST',
              path: '/api/decisions',
              body: { target: target.trim(), reason: reason.trim(), kind, ttl_seconds: Number(ttl) },
              done: (made) =>
                made.state === 'dry-run' ? `${made.target} would be blocked (dry-run)` : `${made.target}: decided`,
            },
            {
              onSuccess: () => {
                setTarget('');
                setReason('');
                onClose();
              },
            },
          );
        }}
      >
        <Field
          label="Address or range"
          value={target}
          onChange={(event) => setTarget(event.target.value)}
          placeholder="203.0.113.9"
          hint="An IPv6 address is blocked as its /64. At most /24 or /48."
        />
        <Field label="Why" value={reason} maxLength={300} onChange={(event) => setReason(event.target.value)} />
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
        <Button
          type="submit"
          kind="primary"
          busy={change.isPending}
          disabled={target.trim() === '' || reason.trim() === ''}
        >
          Decide
        </Button>
      </form>
    </Dialog>
  );
}
