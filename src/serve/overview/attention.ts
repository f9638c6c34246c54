import type { RuleDoc, Severity } from '../../model/index.ts';
import type { PipelineStats, RuleContextControl, SourceView } from '../contract.ts';

export interface Attention {
  kind: string;
  severity: Severity;
  title: string;
  detail: string;
  action: { label: string; href: string } | null;
}

export interface AttentionFacts {
  now: number;
  sources: readonly SourceView[];
  pipeline: PipelineStats;
  /** Enabled rules that do not compile, and why. */
  failingRules: readonly { rule: RuleDoc; problem: string }[];
  /** Files that rules are compiled with and that are not used as they are now. */
  contextProblems: RuleContextControl['problems'];
  kernelDrops: number | null;
  /** Files of events that could not be read at the start, in sentences. */
  damaged: readonly string[];
  /** Trusted in `sources.record`. */
  isFirstRun: boolean;
}

const silentAfterMs = 3_600_000;
const skewMs = 120_000;
const rank: Record<Severity, number> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 };

/** What a person should look at or do, the most urgent first. Pure: the same facts give the same list. */
export function attentionOf(facts: AttentionFacts): Attention[] {
  const found = [
    ...ofStorage(facts),
    ...facts.failingRules.map(ofRule),
    ...facts.contextProblems.map(ofContext),
    ...facts.sources.flatMap((s) => ofSource(s, facts)),
  ];
  if (facts.isFirstRun) {
    found.push({
      kind: 'no_source',
      severity: 'info',
      title: 'Nothing has arrived yet',
      detail: 'Point a device at the syslog port, follow a log file, or post to a webhook.',
      action: { label: 'Add a source', href: '/sources' },
    });
  }
  return found.sort((a, b) => rank[b.severity] - rank[a.severity]);
}

function ofStorage({ pipeline, kernelDrops, damaged }: AttentionFacts): Attention[] {
  const found: Attention[] = damaged.map((detail) => ({
    kind: 'events_damaged',
    severity: 'critical',
    title: 'Stored events are damaged',
    detail,
    action: null,
  }));
  if (pipeline.spool.state === 'full') {
    found.push({
      kind: 'spool_full',
      severity: 'critical',
      title: 'Events are not being stored',
      detail: `${pipeline.spool.reason ?? 'The disk is full'}. Detection goes on. Free disk space; storing resumes by itself.`,
      action: { label: 'Storage settings', href: '/settings' },
    });
  }
  if (pipeline.notStored > 0) {
    found.push({
      kind: 'not_stored',
      severity: 'high',
      title: `${pipeline.notStored} events were not stored`,
      detail: 'They arrived while nothing could be stored and were only checked against the rules.',
      action: null,
    });
  }
  if (kernelDrops !== null && kernelDrops > 0) {
    found.push({
      kind: 'kernel_drops',
      severity: 'high',
      title: `The system dropped ${kernelDrops} UDP datagrams`,
      detail: 'Syslog came faster than it was read. Raise net.core.rmem_max and the receive buffer, or send over TCP.',
      action: { label: 'Sources', href: '/sources' },
    });
  }
  const { recovery } = pipeline;
  if (recovery && recovery.discardedBytes + recovery.quarantinedRows > 0) {
    found.push({
      kind: 'recovery',
      severity: 'medium',
      title: 'The last stop was not clean',
      detail:
        `${recovery.salvagedBytes} bytes were salvaged and ${recovery.replayedBatches} batches replayed; ` +
        `${recovery.discardedBytes} bytes of an unfinished write and ${recovery.quarantinedRows} unreadable rows were set aside.`,
      action: null,
    });
  }
  return found;
}

const ofRule = ({ rule, problem }: { rule: RuleDoc; problem: string }): Attention => ({
  kind: 'rule_failing',
  severity: 'high',
  title: `The rule "${rule.name}" does not run`,
  detail: problem,
  action: { label: 'Open the rule', href: `/rules/${encodeURIComponent(rule.id)}` },
});

const ofContext = ({ file, line, column, message, kept }: AttentionFacts['contextProblems'][number]): Attention => ({
  kind: 'rule_context',
  severity: kept ? 'medium' : 'high',
  title: `${file.split(/[\\/]/).at(-1)} is not used as it is`,
  detail:
    `${[file, line, column].filter((part) => part !== null).join(':')}: ${message}. ` +
    (kept ? 'What it said before stays in force.' : 'Nothing of it is used.'),
  action: null,
});

function ofSource(source: SourceView, { now }: AttentionFacts): Attention[] {
  const href = `/sources?source=${encodeURIComponent(source.source)}`;
  const found: Attention[] = [];
  const add = (kind: string, severity: Severity, title: string, detail: string, label = 'Open the source') =>
    found.push({ kind, severity, title, detail, action: { label, href } });
  if (source.record?.enabled === false) return found;
  if (source.state === 'failed')
    add('source_failed', 'high', `${source.source} cannot be read`, source.detail ?? 'Check the file and its rights.');
  if ((source.limited > 0 || source.state === 'limited') && source.record?.trusted !== true) {
    add(
      'source_limited',
      'medium',
      `${source.source} sends more than its limit`,
      `${source.limited} events were held back or dropped. If this sender is yours, trust it.`,
      'Trust this sender',
    );
  }
  if (source.record && source.lastAt !== null && now - source.lastAt > silentAfterMs) {
    const hours = Math.floor((now - source.lastAt) / 3_600_000);
    add('source_silent', 'low', `${source.source} has been silent for ${hours} h`, 'Check that its sender still runs.');
  }
  if (source.clockOffsetMs !== null && Math.abs(source.clockOffsetMs) > skewMs) {
    const minutes = Math.round(source.clockOffsetMs / 60_000);
    add(
      'clock_skew',
      'low',
      `The clock of ${source.source} is off by ${minutes} min`,
      'Set its time zone here, or its clock there; rules count in the time that events state.',
      'Set the time zone',
    );
  }
  if (source.parseShare !== null && source.events >= 100 && source.parseShare < 0.5) {
    add(
      'low_parse_share',
      'low',
      `Most lines of ${source.source} are not understood`,
      `${Math.round(source.parseShare * 100)} % were recognised. They are kept and searchable; a hint may help.`,
      'Set a hint',
    );
  }
  return found;
}
