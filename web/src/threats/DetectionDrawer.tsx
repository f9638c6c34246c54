import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellRing, Search, UserSearch } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Drawer } from '../ui/Dialog.tsx';
import { group, plural } from '../ui/format.ts';
import { keyed } from '../ui/keyed.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { detectors, type Kind } from './address.ts';
import {
  type AttackWindow,
  addressOf,
  countOf,
  type Detection,
  firstOf,
  lastOf,
  levelOf,
  subjectOf,
  timelineQuery,
  windowCount,
} from './api.ts';
import { Bars } from './Bars.tsx';
import { attackName, factsOf } from './DetectionRow.tsx';

interface Range {
  start: string;
  end: string;
}

/** One detection: when, what, why it has its severity, and where to go on. */
export function DetectionDrawer({
  kind,
  detection,
  range,
  onClose,
}: {
  kind: Kind;
  detection: Detection;
  range: Range;
  onClose: () => void;
}) {
  const address = addressOf(detection);
  const first = firstOf(detection);
  const last = lastOf(detection);
  const parts = detection.attack_windows;
  return (
    <Drawer open wide onClose={onClose} title={subjectOf(detection)} note={factsOf(detection).join(' · ')}>
      <div className="flex flex-col gap-5">
        <div className="flex flex-wrap items-center gap-2">
          <Severity level={levelOf(detection.severity)} className="text-sm" />
          <span className="text-muted">{attackName(detection) ?? detectors[kind].name}</span>
          <span className="grow" />
          <Places detection={detection} address={address} range={range} />
        </div>
        <section className="flex flex-col gap-1">
          <Bars
            windows={parts}
            from={Date.parse(first)}
            to={Date.parse(last)}
            parts={60}
            label={`${plural(countOf(detection), 'event')} from the first to the last`}
            className="h-16 w-full"
          />
          <p className="flex justify-between gap-2 text-xs text-faint">
            <Time value={first} />
            <Time value={last} />
          </p>
        </section>
        <Why detection={detection} />
        <Values title="Users" values={detection.usernames_attempted} total={detection.unique_usernames_attempted} />
        <Values title="Ports" values={detection.ports_attempted} total={detection.unique_ports_attempted} />
        <Values title="Target ports" values={detection.target_ports} />
        <Values title="Protocols" values={detection.target_protocols} />
        <Values title="Addresses of the network" values={detection.source_addresses} />
        <Attackers detection={detection} />
        <Windows windows={parts} total={detection.attack_windows_total} />
        {kind === 'brute-force' && address && <Timeline address={address} range={range} />}
      </div>
    </Drawer>
  );
}

/** Where to go on from here. */
function Places({ detection, address, range }: { detection: Detection; address: string | null; range: Range }) {
  const about =
    address ?? (detection.target_port === null || detection.target_port === undefined ? null : detection.target_port);
  if (about === null) return null;
  const q = address === null ? `dst_port:${about}` : `src_ip:${address.includes(':') ? `"${address}"` : address}`;
  const span = { from: range.start, to: range.end };
  return (
    <div className="flex flex-wrap gap-1.5">
      {address !== null && (
        <Button asChild size="small">
          <Link to="/entity/$kind/$value" params={{ kind: 'address', value: address }}>
            <UserSearch className="size-3.5" aria-hidden="true" /> About the address
          </Link>
        </Button>
      )}
      <Button asChild size="small">
        <Link to="/search" search={{ q, ...span }}>
          <Search className="size-3.5" aria-hidden="true" /> Its events
        </Link>
      </Button>
      {address !== null && (
        <Button asChild size="small">
          <Link to="/alerts" search={{ entity: address, view: 'all', ...span }}>
            <BellRing className="size-3.5" aria-hidden="true" /> Its alerts
          </Link>
        </Button>
      )}
    </div>
  );
}

function Part({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section className="flex min-w-0 flex-col gap-1.5">
      <h3 className="text-xs font-semibold text-muted">{title}</h3>
      {children}
    </section>
  );
}

function Why({ detection }: { detection: Detection }) {
  return (
    <Part title="Why">
      <p>
        Found by the rule{' '}
        <Link to="/rules/$id" params={{ id: detection.rule.id }} className="text-accent hover:underline">
          {detection.rule.name}
        </Link>
        , run over stored events with the window and the limits above.
      </p>
      <p className="text-muted">
        {detection.severity} by the documented formula: {detection.severity_reasons.join(', ')}.
      </p>
    </Part>
  );
}

function Values({
  title,
  values,
  total,
}: {
  title: string;
  values: readonly (string | number)[] | undefined;
  total?: number | undefined;
}) {
  const [all, setAll] = useState(false);
  if (values === undefined || values.length === 0) return null;
  const shown = all ? values : values.slice(0, 40);
  const count = total ?? values.length;
  return (
    <Part title={`${title} (${group(count)})`}>
      <ul className="flex flex-wrap gap-1">
        {keyed(shown, String).map(({ key, item }) => (
          <li key={key} className="log max-w-full truncate rounded border bg-bg px-1.5 text-xs">
            <LogText text={String(item)} limit={60} />
          </li>
        ))}
        {values.length > shown.length && (
          <li>
            <button type="button" className="text-xs text-accent hover:underline" onClick={() => setAll(true)}>
              {group(values.length - shown.length)} more
            </button>
          </li>
        )}
      </ul>
      {count > values.length && <p className="text-xs text-faint">{group(count - values.length)} more are counted.</p>}
    </Part>
  );
}

function Attackers({ detection: { top_attacking_ips: top, source_ip_count } }: { detection: Detection }) {
  if (top === undefined || top.length === 0) return null;
  return (
    <Part title={`Busiest of ${plural(source_ip_count ?? top.length, 'address', 'addresses')}`}>
      <ul className="flex flex-col">
        {top.map(({ ip, count }) => (
          <li key={ip} className="flex items-baseline gap-3 border-b border-line/70 py-1 last:border-b-0">
            <Link
              to="/entity/$kind/$value"
              params={{ kind: 'address', value: ip }}
              className="log grow truncate text-accent hover:underline"
            >
              {ip}
            </Link>
            <span className="tabular text-xs text-muted">{plural(count, 'request')}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** What of a window is told besides its count. */
function windowFacts(window: AttackWindow): string {
  const facts = [plural(windowCount(window), 'event')];
  if (window.unique_ports !== undefined) facts.push(plural(window.unique_ports, 'port'));
  if (window.unique_ip_count !== undefined && window.unique_ip_count > 1)
    facts.push(plural(window.unique_ip_count, 'address', 'addresses'));
  if (window.request_rate_per_min !== undefined) facts.push(`${group(window.request_rate_per_min)} a minute`);
  return facts.join(' · ');
}

function Windows({ windows, total }: { windows: readonly AttackWindow[]; total: number }) {
  return (
    <Part title={`Windows (${group(total)})`}>
      <ol className="flex flex-col">
        {windows.map((window) => (
          <li key={window.window_start} className="border-b border-line/70 py-1 last:border-b-0">
            <details>
              <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3">
                <span className="text-xs">
                  <Time value={window.window_start} /> – <Time value={window.window_end} form="clock" />
                </span>
                <span className="tabular text-xs text-muted">{windowFacts(window)}</span>
              </summary>
              <Attempts window={window} />
            </details>
          </li>
        ))}
      </ol>
      {total > windows.length && (
        <p className="text-xs text-faint">The first {group(windows.length)} are listed. Choose a shorter time.</p>
      )}
    </Part>
  );
}

function Attempts({ window }: { window: AttackWindow }) {
  const { attempts } = window;
  if (attempts === undefined) return null;
  const left = windowCount(window) - attempts.length;
  return (
    <ul className="py-1 pl-4 text-xs">
      {attempts.map(({ timestamp, username, destination_port, log_id }) => (
        <li key={log_id} className="flex gap-3">
          <Time value={timestamp} form="clock-ms" className="tabular shrink-0 text-muted" />
          <span className="log min-w-0 truncate">
            <LogText text={username ?? (destination_port ? `port ${destination_port}` : '–')} limit={80} />
          </span>
        </li>
      ))}
      {left > 0 && <li className="text-faint">{group(left)} more are counted.</li>}
    </ul>
  );
}

/** Every failed login of the address in the time, whether or not a window reached the limits. */
function Timeline({ address, range }: { address: string; range: Range }) {
  const [asked, setAsked] = useState(false);
  const query = useQuery({ ...timelineQuery(address, range.start, range.end), enabled: asked });
  const rows = query.data?.timeline.slice(0, 1000) ?? [];
  return (
    <Part title="Every failed login of the address">
      {!asked && (
        <Button size="small" className="self-start" onClick={() => setAsked(true)}>
          Show the timeline
        </Button>
      )}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {asked && query.isPending && <Skeleton lines={4} />}
      {query.data && (
        <>
          <p className="tabular text-xs text-muted">
            {plural(query.data.total_attempts, 'failed login')}
            {query.data.total_attempts > rows.length && `, the first ${group(rows.length)} are shown`}
          </p>
          <ol aria-label="Timeline" className="thin-scroll max-h-80 overflow-y-auto text-xs">
            {rows.map(({ timestamp, username, log_id }) => (
              <li key={log_id} className="flex gap-3">
                <Time value={timestamp} className="tabular shrink-0 text-muted" />
                <span className="log min-w-0 truncate">
                  <LogText text={username ?? '–'} limit={80} />
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
    </Part>
  );
}
