import { useQuery } from '@tanstack/react-query';
import { ShieldBan, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { type DecisionJson, standingQuery } from './api.ts';
import { BlockDialog } from './BlockDialog.tsx';

/** How many addresses are asked about at once. */
const most = 100;

/** What stands about some addresses, by address. One request for all of them. */
export function useStanding(addresses: readonly string[]): Record<string, DecisionJson[]> {
  const asked = addresses.slice(0, most);
  const query = useQuery({ ...standingQuery(asked), enabled: asked.length > 0 });
  return query.data ?? {};
}

/** "Block…" where an address is looked at; where something stands about it already, what that is. */
export function BlockButton({
  address,
  alerts,
  reason,
  standing,
  size,
}: {
  address: string;
  /** Alerts that a decision would rest on. */
  alerts: readonly string[];
  reason: string;
  /** What stands about it, newest first. */
  standing: readonly DecisionJson[];
  size?: 'small' | 'normal';
}) {
  const mayAct = useMayAct();
  const [open, setOpen] = useState(false);
  // Whom one only watches may still be blocked.
  const newest = standing.find(({ kind }) => kind !== 'alert') ?? (mayAct ? undefined : standing[0]);
  if (newest === undefined && !mayAct) return null;
  return (
    <>
      <Button
        size={size ?? 'normal'}
        onClick={() => setOpen(true)}
        title={newest === undefined ? `Block, redirect or watch ${address}` : newest.reason}
        aria-label={newest === undefined ? `Block ${address}…` : `${address}: ${words(newest)}`}
      >
        {newest === undefined ? (
          <ShieldBan className="size-4" aria-hidden="true" />
        ) : (
          <ShieldCheck className="size-4 text-accent" aria-hidden="true" />
        )}
        {newest === undefined ? 'Block…' : words(newest)}
      </Button>
      {open && (
        <BlockDialog open onClose={() => setOpen(false)} address={address} alerts={alerts} reason={plain(reason)} />
      )}
    </>
  );
}

const past = { allow: 'Allowed', alert: 'Watched', block: 'Blocked', redirect: 'Redirected' } as const;
const words = ({ kind, state }: DecisionJson): string => `${past[kind]}${state === 'dry-run' ? ' (dry-run)' : ''}`;

/** As a reason may be: without control characters, which text from logs may hold. */
const plain = (text: string): string => [...text.replace(/\p{C}+/gu, ' ')].slice(0, 300).join('').trim();
