import { Link } from '@tanstack/react-router';
import { BellRing, FileText, Pin, Send, ShieldBan, StickyNote, Volume1 } from 'lucide-react';
import { plural } from '../ui/format.ts';
import { keyed } from '../ui/keyed.ts';
import { LogText } from '../ui/LogText.tsx';
import { NoteText } from '../ui/NoteText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import type { IncidentDetail, TimelineEntry } from './types.ts';

const icons = {
  alert: BellRing,
  signal: Volume1,
  event: Pin,
  note: StickyNote,
  change: FileText,
  notification: Send,
  decision: ShieldBan,
} as const;
const names = {
  alert: 'Alert',
  signal: 'Signal',
  event: 'Evidence',
  note: 'Note',
  change: 'Change',
  notification: 'Notification',
  decision: 'Decision',
} as const;

/** Everything that happened, in the order of time: attack and work on it. */
export function Timeline({ incident }: { incident: IncidentDetail }) {
  return (
    <>
      {incident.timeline_left_out > 0 && (
        <p className="mb-2 text-xs text-muted">
          {plural(incident.timeline_left_out, 'alert')} not told here, for want of room.
        </p>
      )}
      <ol className="relative flex flex-col gap-3 border-l pl-5" aria-label="Timeline">
        {keyed(incident.timeline, (entry) => `${entry.time} ${entry.kind} ${entry.text}`).map(({ key, item }) => (
          <Entry key={key} entry={item} />
        ))}
      </ol>
    </>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const Icon = icons[entry.kind];
  return (
    <li className="relative">
      <span className="absolute top-0.5 -left-[1.95rem] grid size-5 place-items-center rounded-full border bg-surface text-faint">
        <Icon className="size-3" aria-hidden="true" />
      </span>
      <div className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
        <Time value={entry.time} />
        <span>{names[entry.kind]}</span>
        {entry.severity && entry.kind !== 'event' && <Severity level={entry.severity} compact />}
        {entry.by && <span>by {entry.by}</span>}
      </div>
      <div className="break-words">
        {entry.ref && (entry.kind === 'alert' || entry.kind === 'signal') ? (
          <Link to="/alerts/$id" params={{ id: entry.ref }} className="hover:text-accent hover:underline">
            <LogText text={entry.text} limit={500} className="!font-sans !text-[1em]" />
          </Link>
        ) : entry.ref && entry.kind === 'decision' ? (
          <Link to="/decisions" search={{ open: entry.ref }} className="hover:text-accent hover:underline">
            <LogText text={entry.text} limit={500} className="!font-sans !text-[1em]" />
          </Link>
        ) : entry.kind === 'note' ? (
          <NoteText text={entry.text} limit={2000} />
        ) : (
          <LogText
            text={entry.text}
            limit={2000}
            className={entry.kind === 'event' ? 'text-xs' : '!font-sans !text-[1em]'}
          />
        )}
      </div>
    </li>
  );
}
