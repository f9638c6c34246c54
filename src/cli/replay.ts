import { type Alert, type EventJson, isoTime, plainText, type RuleDoc } from '../model/index.ts';
import { replay } from '../replay.ts';
import { loadShippedRules, readRuleFiles } from '../rules-folder.ts';
import {
  bold,
  type Call,
  type Command,
  CommandError,
  dim,
  isOn,
  mappingsFlag,
  numberOf,
  type Output,
  red,
  takeMappings,
  textOf,
  timeFlags,
  UsageError,
  yellow,
} from './command.ts';
import { zoneOrUsageError } from './parse.ts';

export const replayCommand: Command = {
  name: 'replay',
  summary: 'Run log files through the whole pipeline in event time and print every alert once.',
  usage: ['FILE… [--json] [--rules DIR…]'],
  flags: [
    { name: '--json', kind: 'switch', description: 'One JSON alert per line on stdout.' },
    { name: '--rules', kind: 'list', value: 'DIR', description: 'Further rules: a file or a folder; may be repeated.' },
    {
      name: '--default-rules',
      kind: 'switch',
      description: 'Run the shipped rules (default; --no-default-rules leaves them out).',
    },
    ...timeFlags,
    mappingsFlag,
    {
      name: '--evidence',
      kind: 'text',
      value: 'N',
      description:
        'Events printed with each alert: half from its beginning, half from its end (default 10, at most 40).',
    },
  ],
  details: [
    'Files may be log files, folders, NDJSON events, .gz and .zst. Several are merged by event time.',
    'The same files and rules give the same bytes. Example: phosor replay /var/log/auth.log*',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { flags, out, err } = call;
  if (flags.positionals.length === 0)
    throw new UsageError('Name at least one log file or folder: phosor replay /var/log/auth.log');
  takeMappings(call);
  const year = numberOf(flags, '--year', 1970, 9999);
  const zone = textOf(flags, '--timezone');
  zoneOrUsageError(zone);
  const evidence = numberOf(flags, '--evidence', 0, 40) ?? 10;
  const rules = loadRules(call);
  const asJson = isOn(flags, '--json');
  const started = performance.now();
  let events = 0;
  let shownAt = started;
  const onProgress = (count: number): void => {
    events = count;
    if (!err.isTerminal || performance.now() - shownAt < 200) return;
    shownAt = performance.now();
    err.write(`\r${count.toLocaleString('en-US')} events`);
  };
  let alerts = 0;
  const early = Math.ceil(evidence / 2);
  const detail = asJson
    ? { first: early, last: evidence - early, clauses: true }
    : { first: 0, last: 1, clauses: false };
  for await (const alert of replay({ paths: flags.positionals, rules, year, zone, detail, onProgress })) {
    alerts += 1;
    const wait = out.write(asJson ? alertLine(alert) : describe(out, alert));
    if (wait) await wait;
  }
  await out.flush();
  if (err.isTerminal || !asJson) {
    const seconds = (performance.now() - started) / 1000;
    err.line(
      `${err.isTerminal ? '\r' : ''}${events.toLocaleString('en-US')} events, ${alerts} alerts, ${rules.length} rules, ${seconds.toFixed(1)} s`,
    );
  }
  return 0;
}

/** Rules of --rules beside the shipped ones. A broken rule is a failure: silence would look like "no attack". */
function loadRules({ flags }: Call): RuleDoc[] {
  const own = readRuleFiles(flags.values.get('--rules') ?? [], 'imported');
  const isWanted = flags.values.get('--default-rules')?.at(-1) !== 'false';
  const shipped = isWanted ? loadShippedRules() : { docs: [], problems: [] };
  const errors = [...shipped.problems, ...own.problems].filter(({ level }) => level === 'error');
  if (errors.length > 0) {
    throw new CommandError(errors.map(({ file, line, message }) => `${file}:${line ?? 1}: ${message}`).join('\n'));
  }
  return [...shipped.docs, ...own.rules.map(({ doc }) => doc)].filter((doc) => doc.enabled);
}

/**
 * One line of NDJSON: the keys that others script against, in this order; `first` and `last` are the times of the first
 * and last event. `event_ids` names up to 40 events, `events` shows as many of them as `--evidence` asks for.
 */
function alertLine(alert: Alert): string {
  const head = {
    id: alert.id,
    rule_id: alert.rule_id,
    rule_name: alert.rule_name,
    severity: alert.severity,
    time: isoTime(alert.time),
    first: isoTime(alert.first),
    last: isoTime(alert.last),
    group: alert.group,
    count: alert.count,
    message: alert.message,
    attack: alert.attack,
    event_ids: alert.event_ids,
  };
  const start = JSON.stringify(head).slice(0, -1);
  return `${start},"events":[${alert.events.map(eventText).join(',')}],"explain":${JSON.stringify(alert.explain)}}\n`;
}

const texts = new WeakMap<EventJson, string>();

/** One attack raises several alerts over the same events: each is written out once. */
function eventText(event: EventJson): string {
  let text = texts.get(event);
  if (text === undefined) {
    text = JSON.stringify(event);
    texts.set(event, text);
  }
  return text;
}

/** For people: what, who, when, how often, and the last line that counted. */
function describe(out: Output, alert: Alert): string {
  const color =
    alert.severity === 'critical' || alert.severity === 'high' ? red : alert.severity === 'medium' ? yellow : dim;
  const last = alert.events.at(-1);
  return [
    `${dim(out, isoTime(alert.first))} ${color(out, alert.severity.toUpperCase().padEnd(8))} ${bold(out, plainText(alert.rule_name))}`,
    `  ${plainText(alert.explain.summary || alert.message)} (${alert.count} events until ${isoTime(alert.last)})`,
    ...(last ? [`  ${dim(out, plainText(last.raw).slice(0, 200))}`] : []),
    '',
    '',
  ].join('\n');
}
