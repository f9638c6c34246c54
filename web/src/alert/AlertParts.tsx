import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AlertDetail, PhosorAlert } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { Card } from '../ui/Card.tsx';
import { duration, plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { Time } from '../ui/Time.tsx';
import { EventTimeline } from './EventTimeline.tsx';

/* What a live alert's page and that of an alert of a replay share. */

/** What is to be known of an alert, whatever people have decided about it. */
export function AlertBadges({ alert }: { alert: AlertDetail }) {
  return (
    <>
      {alert.signal && (
        <Badge title="Its rule was a signal when it raised this: kept as info, nobody was told">Signal</Badge>
      )}
      {alert.historical && (
        <Badge title="Its events were older than ten minutes when they arrived: shown, never acted on">
          Historical
        </Badge>
      )}
      {!alert.attributable && (
        <Badge tone="warn" title="The sender's address or clock could have been forged: do not block on this alone">
          Sender not proven
        </Badge>
      )}
      {alert.attack.map((technique) => (
        <Badge key={technique} title="MITRE ATT&CK technique">
          {technique}
        </Badge>
      ))}
    </>
  );
}

/** Which rule, what happened, when and how often. */
export function AlertTitle({ alert }: { alert: AlertDetail }) {
  const span = (Date.parse(alert.last) - Date.parse(alert.first)) / 1000;
  return (
    <div className="min-w-0 grow basis-72">
      <h1 className="text-xl font-semibold tracking-tight break-words">{alert.rule_name}</h1>
      <p className="mt-0.5 text-muted">
        <LogText text={alert.message} className="!font-sans !text-[1em]" />
      </p>
      <p className="mt-1.5 flex flex-wrap gap-x-3 text-xs text-faint">
        <span>
          <Time value={alert.first} /> – <Time value={alert.last} form="clock" />
        </span>
        {span > 0 && <span>{duration(span)}</span>}
        <span>{plural(alert.count, 'event')}</span>
        {alert.rule_author && alert.rule?.origin === 'imported' && (
          <span>
            Rule by <LogText text={alert.rule_author} limit={200} className="!font-sans !text-[1em]" />
          </span>
        )}
      </p>
    </div>
  );
}

/** Why, the events, and what stands beside them. */
export function AlertColumns(props: {
  alert: AlertDetail;
  show: 'fields' | undefined;
  onShow: () => void;
  why: ReactNode;
  children: ReactNode;
}) {
  const { alert, show, onShow, why, children } = props;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.35fr)] min-[85rem]:grid-cols-[minmax(0,21rem)_minmax(0,1fr)_minmax(0,19rem)] 2xl:grid-cols-[minmax(0,25rem)_minmax(0,1fr)_minmax(0,22rem)]">
      {why}
      <Card
        title={`Events (${alert.events.length === alert.count ? alert.count : `${alert.events.length} of ${alert.count}`})`}
        extra={
          <Choice
            label="Show events as"
            value={show ?? 'raw'}
            options={[
              ['raw', 'Raw'],
              ['fields', 'Fields'],
            ]}
            onChange={onShow}
          />
        }
      >
        <EventTimeline alert={alert} fields={show === 'fields'} />
      </Card>
      <div className="grid gap-4 sm:grid-cols-2 lg:col-span-2 min-[85rem]:col-span-1 min-[85rem]:grid-cols-1">
        {children}
      </div>
    </div>
  );
}

/** @param replay id of the replay that they are of; absent: live alerts */
export function RelatedAlerts({ alerts, replay }: { alerts: readonly PhosorAlert[]; replay?: string }) {
  const className = 'flex items-center gap-2 px-4 py-2 -outline-offset-2 hover:bg-raised';
  return (
    <Card title={replay ? 'Related alerts of this replay' : 'Related alerts'} flush>
      {alerts.length === 0 ? (
        <p className="p-4 text-muted">No other alert about the same within a day.</p>
      ) : (
        <ul>
          {alerts.map((other) => (
            <li key={other.id} className="border-b last:border-b-0">
              {replay ? (
                <Link to="/replays/$id/alerts/$alert" params={{ id: replay, alert: other.id }} className={className}>
                  <RelatedAlert alert={other} />
                </Link>
              ) : (
                <Link to="/alerts/$id" params={{ id: other.id }} className={className}>
                  <RelatedAlert alert={other} />
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function RelatedAlert({ alert }: { alert: PhosorAlert }) {
  return (
    <>
      <Severity level={alert.severity_level} compact />
      <span className="min-w-0 grow truncate">{alert.rule_name}</span>
      <span className="tabular text-xs text-muted">×{alert.count}</span>
      <Time value={alert.last} form="relative" className="shrink-0 text-xs whitespace-nowrap text-faint" />
    </>
  );
}
