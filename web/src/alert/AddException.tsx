import { useQuery } from '@tanstack/react-query';
import { ShieldOff } from 'lucide-react';
import { useState } from 'react';
import { meQuery } from '../api/queries.ts';
import type { AlertDetail } from '../api/types.ts';
import { ExceptionDialog } from '../rules/ExceptionDialog.tsx';
import { candidatesOf } from '../rules/exception.ts';
import { Button } from '../ui/Button.tsx';

/** “Never for this source or user on this rule”, made of what the alert is about. For admins, who may change rules. */
export function AddException({ alert }: { alert: AlertDetail }) {
  const { data: user } = useQuery(meQuery);
  const [isOpen, setIsOpen] = useState(false);
  if (user?.role !== 'admin' || !alert.rule) return null;
  return (
    <>
      <Button onClick={() => setIsOpen(true)} aria-label="Add an exception" title="Never for this on this rule">
        <ShieldOff className="size-4" aria-hidden="true" /> <span className="max-sm:hidden">Exception</span>
      </Button>
      {isOpen && (
        <ExceptionDialog rule={alert.rule} candidates={candidatesOf(alert)} onClose={() => setIsOpen(false)} />
      )}
    </>
  );
}
