import { Link } from '@tanstack/react-router';
import { Globe, Server, User } from 'lucide-react';
import { cx } from '../ui/cx.ts';
import { LogText } from '../ui/LogText.tsx';
import type { IncidentEntity } from './types.ts';
import { kindNames } from './words.ts';

export const entityIcons = { address: Globe, user: User, host: Server };

/** An address, a user or a host; leads to its page. */
export function EntityLink({ entity, className }: { entity: IncidentEntity; className?: string }) {
  const Icon = entityIcons[entity.kind];
  return (
    <Link
      to="/entity/$kind/$value"
      params={{ kind: entity.kind, value: entity.value }}
      title={`${kindNames[entity.kind]}: everything known of it`}
      className={cx(
        'inline-flex max-w-full min-w-0 items-center gap-1 rounded border bg-raised px-1.5 text-xs leading-6 text-muted hover:border-strong hover:text-text',
        className,
      )}
    >
      <Icon className="size-3.5 shrink-0" aria-hidden="true" />
      <span className="sr-only">{kindNames[entity.kind]} </span>
      <span className="min-w-0 truncate">
        <LogText text={entity.value} limit={80} wrap={false} />
      </span>
    </Link>
  );
}
