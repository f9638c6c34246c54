import { useQuery } from '@tanstack/react-query';
import { ShieldOff, Trash2 } from 'lucide-react';
import { exceptionsQuery } from '../api/queries.ts';
import type { RuleException } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { IconButton } from '../ui/Button.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { useNow } from '../ui/useNow.ts';
import { selectionParts } from './exception.ts';
import { removeException } from './upkeep-actions.ts';

/** What a rule says nothing about: who decided it, why, and until when. */
export function ExceptionList({ ruleId, admin }: { ruleId: string; admin: boolean }) {
  const query = useQuery(exceptionsQuery(ruleId));
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Skeleton lines={2} />;
  if (query.data.length === 0) {
    return (
      <p className="flex items-center gap-2 text-muted">
        <ShieldOff className="size-4 shrink-0 text-faint" aria-hidden="true" />
        {admin
          ? 'No exceptions. Add one here, or on an alert that was none.'
          : 'No exceptions: the rule looks at everything.'}
      </p>
    );
  }
  return (
    <ul className="flex flex-col gap-2" aria-label="Exceptions">
      {query.data.map((exception) => (
        <Exception key={exception.id} exception={exception} admin={admin} />
      ))}
    </ul>
  );
}

function Exception({ exception, admin }: { exception: RuleException; admin: boolean }) {
  const now = useNow();
  const isOver = exception.expires_at !== null && Date.parse(exception.expires_at) <= now;
  return (
    <li className="flex items-start gap-2 rounded-md border bg-bg py-2 pr-1 pl-3">
      <div className="flex min-w-0 grow flex-col gap-0.5">
        <p className={isOver ? 'text-muted line-through' : undefined}>
          {selectionParts(exception.selection).map(({ field, text }, index) => (
            <span key={field}>
              {index > 0 && ' and '}
              <LogText text={field} limit={80} className="text-muted" /> is <LogText text={text} limit={300} />
            </span>
          ))}
        </p>
        <p className="text-muted">
          <LogText text={exception.reason} limit={500} className="!font-sans !text-[1em]" />
        </p>
        <p className="flex flex-wrap items-center gap-x-3 text-xs text-faint">
          <span>
            <LogText text={exception.owner} limit={80} className="!font-sans !text-[1em]" />,{' '}
            <Time value={exception.created_at} form="relative" />
          </span>
          {exception.expires_at === null ? (
            <Badge tone="warn" title="It holds until somebody removes it">
              never ends
            </Badge>
          ) : (
            <span>
              {isOver ? 'ended' : 'ends'} <Time value={exception.expires_at} form="relative" />
            </span>
          )}
        </p>
      </div>
      {admin && (
        <IconButton label="Remove this exception" onClick={() => void removeException(exception)}>
          <Trash2 aria-hidden="true" />
        </IconButton>
      )}
    </li>
  );
}
