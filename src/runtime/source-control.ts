import { basename } from 'node:path';
import type { FileSource, IngestCommand, IngestReport, SourceStats, UdpStats } from '../ingest/contract.ts';
import { offeredLogs, resolveInsideRoots } from '../ingest/roots.ts';
import type { PipelineStats, SourceControl, SourceView } from '../serve/contract.ts';
import type { SourceRecord, StateStore } from '../store/contract.ts';
import { ownSource } from './source-health.ts';

/** A path or setting that was refused; the message says why and what to do. */
class SourceRefused extends Error {}

/** How long an answer waits for the ingest thread to have opened a file, ms. */
const openWithinMs = 2000;
const declinedSetting = 'declined_logs';

export interface SourceControlOptions {
  state: StateStore;
  roots: readonly string[];
  send: (command: IngestCommand) => void;
  perSource: () => PipelineStats['perSource'];
  setZones: (zones: Record<string, string>) => void;
  now: () => number;
}

type Tally = PipelineStats['perSource'][string];

/** Sources as people see them: what they configured, what ingest counts, what the pipeline understood. */
export class Sources implements SourceControl {
  readonly #options: SourceControlOptions;
  #stats = new Map<string, SourceStats>();
  #udp: UdpStats | null = null;
  /** Called with each report of what ingest follows. */
  readonly #waiting = new Set<() => void>();
  readonly #listening: { what: string; host: string; port: number }[] = [];

  constructor(options: SourceControlOptions) {
    this.#options = options;
  }

  /** Takes the ingest worker's reports. */
  note(report: IngestReport): void {
    if (report.type === 'listening') this.#listening.push({ what: report.what, host: report.host, port: report.port });
    if (report.type !== 'stats') return;
    this.#stats = new Map(report.sources.map((stats) => [stats.source, stats]));
    this.#udp = report.udp;
    for (const look of this.#waiting) look();
  }

  /** Has a file followed. What is appended after this has resolved is read: the file's end was taken before. */
  async #follow(record: SourceRecord): Promise<void> {
    this.#options.send({ type: 'add_file', file: fileSource(record) });
    this.#stats.delete(record.name);
    this.#options.send({ type: 'stats' });
    const opened = Promise.withResolvers<void>();
    const look = () => this.#stats.has(record.name) && opened.resolve();
    const timer = setTimeout(opened.resolve, openWithinMs);
    this.#waiting.add(look);
    await opened.promise;
    this.#waiting.delete(look);
    clearTimeout(timer);
  }

  /** File sources in force, for the start of ingest. */
  files(): FileSource[] {
    return this.#records()
      .filter(({ type, enabled, path }) => type === 'file' && enabled && path !== null)
      .map(fileSource);
  }

  zones(): Record<string, string> {
    return Object.fromEntries(
      this.#records().flatMap(({ name, timezone }) => (timezone === null ? [] : [[name, timezone]])),
    );
  }

  trustedAddresses(): string[] {
    return this.#records()
      .filter(({ trusted, type }) => trusted && type === 'syslog')
      .map(({ name }) => name.replace(/^syslog_/, ''));
  }

  #tellTrusted(): void {
    this.#options.send({ type: 'trust', addresses: this.trustedAddresses() });
  }

  list(): SourceView[] {
    const perSource = this.#options.perSource();
    const records = new Map(this.#records().map((record) => [record.name, record]));
    // A file that was removed has counts for as long as the program runs, but nobody follows it any more.
    const counted = Object.keys(perSource).filter((name) => !name.startsWith('file_'));
    const names = new Set([...records.keys(), ...this.#stats.keys(), ...counted]);
    const views = [...names].map((name) =>
      view(name, records.get(name) ?? null, this.#stats.get(name) ?? null, perSource[name] ?? null),
    );
    return [...this.#doors(), ...views];
  }

  async addFile(path: string, options: { hint?: string | null; fromBeginning?: boolean }): Promise<SourceRecord> {
    const place = resolveInsideRoots(path, this.#options.roots);
    if (!place.ok) throw new SourceRefused(place.reason);
    const known = this.#records().find((record) => record.path === place.path);
    if (known?.enabled) return known;
    const record: SourceRecord = known
      ? { ...known, enabled: true }
      : {
          name: this.#freeName(`file_${basename(place.path)}`),
          type: 'file',
          path: place.path,
          enabled: true,
          hint: options.hint ?? null,
          timezone: null,
          trusted: false,
          from_beginning: options.fromBeginning ?? false,
          created_at: this.#options.now(),
        };
    this.#options.state.sources.put(record);
    await this.#follow(record);
    return record;
  }

  async update(
    name: string,
    change: { hint?: string | null; trusted?: boolean; enabled?: boolean; timezone?: string | null },
  ): Promise<SourceRecord> {
    const before = this.#records().find((record) => record.name === name) ?? this.#fresh(name);
    const after = { ...before, ...change };
    this.#options.state.sources.put(after);
    if (change.timezone !== undefined) this.#options.setZones(this.zones());
    if (change.trusted !== undefined && after.type === 'syslog') this.#tellTrusted();
    const isOther = after.hint !== before.hint || after.enabled !== before.enabled;
    if (after.type === 'file' && isOther) {
      if (before.enabled) this.#options.send({ type: 'remove_file', name });
      if (after.enabled) await this.#follow(after);
    }
    return after;
  }

  async remove(name: string): Promise<boolean> {
    const record = this.#records().find((each) => each.name === name);
    if (record === undefined) return false;
    this.#options.state.sources.remove(name);
    if (record.trusted && record.type === 'syslog') this.#tellTrusted();
    if (record.path !== null) {
      this.#stats.delete(name);
      this.#options.send({ type: 'remove_file', name });
      // Without this, the next start would find the system's log readable and watch it again.
      this.decline(record.path);
    }
    return true;
  }

  offers(): { path: string; bytes: number }[] {
    const watched = new Set(this.#records().map(({ path }) => path));
    const declined = new Set(this.#declined());
    return offeredLogs().filter(({ path }) => !watched.has(path) && !declined.has(path));
  }

  decline(path: string): void {
    this.#options.state.settings.put(declinedSetting, [...new Set([...this.#declined(), path])]);
  }

  /** Whether somebody wants to hear that a source is silent: not where it was switched off or removed. */
  isWatched(name: string): boolean {
    const record = this.#records().find((each) => each.name === name);
    return record === undefined ? !name.startsWith('file_') : record.enabled;
  }

  udp(): UdpStats | null {
    return this.#udp;
  }

  listening(): { what: string; host: string; port: number }[] {
    return [...this.#listening];
  }

  /** The two ways in that exist before anybody has sent anything. */
  #doors(): SourceView[] {
    const hasSyslog = this.#listening.length > 0;
    const door = (source: string, source_type: 'syslog' | 'webhook', isOpen: boolean, detail: string): SourceView => ({
      ...view(source, null, null, null),
      source_type,
      state: isOpen ? 'active' : 'waiting',
      detail,
    });
    const places = this.#listening.map(({ what, host, port }) => `${what.replace('syslog-', '')} ${host}:${port}`);
    return [
      door('syslog', 'syslog', hasSyslog, hasSyslog ? `listening on ${places.join(', ')}` : 'not listening'),
      door('webhook', 'webhook', true, 'POST /api/webhook/{source_id}'),
    ];
  }

  #records(): SourceRecord[] {
    return this.#options.state.sources.list();
  }

  #declined(): string[] {
    const value = this.#options.state.settings.get(declinedSetting);
    return Array.isArray(value) ? (value as string[]) : [];
  }

  #freeName(wanted: string): string {
    const taken = new Set(this.#records().map(({ name }) => name));
    let name = wanted;
    for (let n = 2; taken.has(name); n += 1) name = `${wanted}_${n}`;
    return name;
  }

  #fresh(name: string): SourceRecord {
    return {
      name,
      type: name.startsWith('webhook_') ? 'webhook' : name.startsWith('file_') ? 'file' : 'syslog',
      path: null,
      enabled: true,
      hint: null,
      timezone: null,
      trusted: false,
      from_beginning: false,
      created_at: this.#options.now(),
    };
  }
}

const fileSource = (record: SourceRecord): FileSource => ({
  name: record.name,
  path: record.path ?? '',
  hint: record.hint,
  fromBeginning: record.from_beginning,
});

function view(name: string, record: SourceRecord | null, stats: SourceStats | null, tally: Tally | null): SourceView {
  const type =
    name === ownSource
      ? 'internal'
      : name.startsWith('webhook')
        ? 'webhook'
        : name.startsWith('file_')
          ? 'file'
          : /^(?:capture|pcap)_/.test(name)
            ? 'capture'
            : 'syslog';
  const events = tally?.events ?? 0;
  return {
    source: name,
    source_type: stats?.source_type ?? type,
    received: stats?.received ?? events,
    bytes: stats?.bytes ?? 0,
    limited: stats?.limited ?? 0,
    dropped: stats?.dropped ?? 0,
    lastAt: stats?.lastAt ?? tally?.lastAt ?? null,
    lagBytes: stats?.lagBytes ?? null,
    state: record?.enabled === false ? 'waiting' : (stats?.state ?? (events > 0 ? 'active' : 'waiting')),
    detail: record?.enabled === false ? 'switched off' : (stats?.detail ?? null),
    path: stats?.path ?? record?.path ?? null,
    record,
    events,
    parseShare: tally === null || events === 0 ? null : 1 - tally.raw / events,
    format: tally?.format ?? null,
    lastRaw: tally?.lastRaw ?? null,
    clockOffsetMs: tally?.clockOffsetMs ?? null,
    redacted: tally?.redacted ?? 0,
    ...(stats?.standing && { standing: stats.standing }),
  };
}
