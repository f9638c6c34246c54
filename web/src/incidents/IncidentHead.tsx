import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowLeft, CheckCheck, ChevronDown, Download, Merge, Undo2, UserRound } from 'lucide-react';
import { meQuery } from '../api/queries.ts';
import { RunPlaybook } from '../playbooks/RunPlaybook.tsx';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Menu } from '../ui/Menu.tsx';
import { Severity, severityFill } from '../ui/Severity.tsx';
import { changeIncident, ownersQuery, pathOf } from './api.ts';
import { incidentMemory } from './memory.ts';
import { Risk } from './Risk.tsx';
import type { IncidentDetail } from './types.ts';
import { dispositionNames, statusNames } from './words.ts';

/** What it is, whose it is, and what can be done with it. */
export function IncidentHead({
  incident,
  onClose,
  onMerge,
}: {
  incident: IncidentDetail;
  onClose: () => void;
  onMerge: () => void;
}) {
  const mayAct = useMayAct();
  const isOpen = incident.status !== 'closed';
  return (
    <header className="relative mb-4 overflow-hidden rounded-lg border bg-surface p-4 pl-5">
      <span className={`absolute inset-y-0 left-0 w-1.5 ${severityFill[incident.severity]}`} aria-hidden="true" />
      <div className="mb-1.5 flex flex-wrap items-center gap-2">
        <Link
          to="/incidents"
          search={incidentMemory.search}
          className="flex items-center gap-1 text-xs text-muted hover:text-text"
        >
          <ArrowLeft className="size-3.5" aria-hidden="true" /> Incidents
        </Link>
        <Severity level={incident.severity} />
        <Badge tone={incident.status === 'new' ? 'accent' : 'neutral'}>
          <span data-testid="status">{statusNames[incident.status]}</span>
        </Badge>
        {incident.disposition && <Badge>{dispositionNames[incident.disposition]}</Badge>}
        <Badge tone={incident.owner ? 'accent' : 'neutral'}>
          <span data-testid="owner">{incident.owner ?? 'Nobody’s'}</span>
        </Badge>
        {incident.got_in && (
          <Badge tone="bad" title="A login worked after others had failed">
            Got in
          </Badge>
        )}
        {incident.intel && (
          <Badge tone="warn" title="An address of it is known from threat intelligence">
            Known address
          </Badge>
        )}
        {incident.historical && (
          <Badge title="Made from events that were older than ten minutes when they arrived">Historical</Badge>
        )}
      </div>
      <div className="flex flex-wrap items-start gap-3">
        <Risk value={incident.risk} className="mt-1" />
        <h1 className="min-w-0 grow basis-60 text-lg leading-snug font-semibold break-words">
          <LogText text={incident.title} limit={400} className="!font-sans !text-[1em]" />
        </h1>
        <div className="flex flex-wrap items-center gap-2">
          {mayAct && incident.merged_into === null && (
            <>
              <OwnerMenu incident={incident} />
              <RunPlaybook about={{ incident: incident.id }} />
              {isOpen ? (
                <Button kind="primary" onClick={onClose}>
                  <CheckCheck className="size-4" aria-hidden="true" /> Close
                </Button>
              ) : (
                <Button onClick={() => void changeIncident(incident, { status: 'in_progress' }, 'Opened again')}>
                  <Undo2 className="size-4" aria-hidden="true" /> Reopen
                </Button>
              )}
              <Menu
                trigger={
                  <Button aria-label="More actions">
                    More <ChevronDown className="size-4" aria-hidden="true" />
                  </Button>
                }
                items={[
                  ...(incident.status === 'new'
                    ? [
                        {
                          label: 'In progress',
                          onSelect: () =>
                            void changeIncident(incident, { status: 'in_progress' }, 'Marked as in progress'),
                        },
                      ]
                    : []),
                  { label: 'Merge another one into it …', icon: <Merge />, onSelect: onMerge },
                  null,
                  ...(['json', 'markdown'] as const).map((format) => ({
                    label: format === 'json' ? 'Download as JSON' : 'Download as Markdown',
                    icon: <Download />,
                    onSelect: () => location.assign(`${pathOf(incident.id)}/export?format=${format}`),
                  })),
                ]}
              />
            </>
          )}
        </div>
      </div>
      {incident.merged_into && (
        <p className="mt-2">
          This incident was merged into{' '}
          <Link to="/incidents/$id" params={{ id: incident.merged_into }} className="text-accent hover:underline">
            another one
          </Link>
          , which has its alerts, notes and evidence.
        </p>
      )}
    </header>
  );
}

function OwnerMenu({ incident }: { incident: IncidentDetail }) {
  const { data: me } = useQuery(meQuery);
  const owners = useQuery(ownersQuery);
  const give = (owner: string | null) =>
    void changeIncident(
      incident,
      { owner, ...(owner !== null && incident.status === 'new' && { status: 'in_progress' as const }) },
      owner === null ? 'Nobody’s now' : owner === me?.username ? 'It is yours' : `Given to ${owner}`,
    );
  const others = (owners.data ?? []).filter((name) => name !== me?.username);
  return (
    <Menu
      heading="Owner"
      trigger={
        <Button>
          <UserRound className="size-4" aria-hidden="true" /> Assign
        </Button>
      }
      items={[
        ...(me ? [{ label: 'Me', checked: incident.owner === me.username, onSelect: () => give(me.username) }] : []),
        ...others.map((name) => ({ label: name, checked: incident.owner === name, onSelect: () => give(name) })),
        null,
        { label: 'Nobody', checked: incident.owner === null, onSelect: () => give(null) },
      ]}
    />
  );
}
