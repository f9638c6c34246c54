import type { HistoryReplay } from '../backtest/replay.ts';
import type { AlertExtent } from '../detect/contract.ts';
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
import { type LocalServer, localServer } from './local-server.ts';
import { zoneOrUsageError } from './parse.ts';
import type { BesideOptions, EndedReplay } from './replay-beside.ts';
import { configOf, timeOf } from './replay-flags.ts';
import type { StoppedHistory } from './replay-history.ts';

export const replayCommand: Command = {
  name: 'replay',
  summary: 'Run log files through the whole pipeline in event time and print every alert once.',
  usage: [
    'FILE… [--at TIME…] [--save NAME] [--json] [--rules DIR…]',
    '--history [--from TIME] [--to TIME] [--save NAME] [--data-dir DIR] [--at TIME…] [--json] [--rules DIR…]',
  ],
  flags: [
    { name: '--json', kind: 'switch', description: 'One JSON alert per line on stdout.' },
    { name: '--rules', kind: 'list', value: 'DIR', description: 'Further rules: a file or a folder; may be repeated.' },
    {
      name: '--default-rules',
      kind: 'switch',
      description: 'Run the shipped rules (default; --no-default-rules leaves them out).',
    },
    ...timeFlags,
    {
      name: '--history',
      kind: 'switch',
      description: 'Instead of files: what the data folder has stored, with the rules that are in force there.',
    },
    { name: '--from', kind: 'text', value: 'TIME', description: '--history: events from this time on (ISO 8601).' },
    { name: '--to', kind: 'text', value: 'TIME', description: '--history: events before this time.' },
    {
      name: '--data-dir',
      kind: 'text',
      value: 'DIR',
      description: 'The data folder of --history and --save (default: that of phosor start).',
    },
    {
      name: '--save',
      kind: 'text',
      value: 'NAME',
      description: 'Also keep the alerts in the data folder under this name: the browser shows them under Replays.',
    },
    {
      name: '--at',
      kind: 'list',
      value: 'TIME',
      description: 'Stop at this event time and print alerts as they stand then; may be repeated for several steps.',
    },
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
    'Files may be log files, folders, NDJSON events, captured packets (.pcap, .pcapng), .gz and .zst. Several are merged by event time.',
    'The same files and rules give the same bytes. Example: phosor replay /var/log/auth.log*',
    '--history beside a running Phosor asks it over phosor.sock in the data folder. The rules in force there run, and those of --rules.',
  ],
  run,
};

/** Later than any event: the end of what a time can say. */
const farFuture = 8.64e15;
const maxNameLength = 100;

interface Asked {
  isHistory: boolean;
  from: number | null;
  to: number | null;
  steps: number[];
  /** Events told with each alert. */
  evidence: number;
  save: string | null;
  asJson: boolean;
  year: number | null;
  zone: string | null;
}

function readFlags({ flags }: Call): Asked {
  const isHistory = isOn(flags, '--history');
  if (isHistory !== (flags.positionals.length === 0))
    throw new UsageError(
      isHistory
        ? '--history replays what is stored: name no files beside it.'
        : 'Name at least one log file or folder: phosor replay /var/log/auth.log',
    );
  const zone = textOf(flags, '--timezone');
  zoneOrUsageError(zone);
  const from = timeOf(textOf(flags, '--from'), '--from');
  const to = timeOf(textOf(flags, '--to'), '--to');
  if (!isHistory && (from !== null || to !== null))
    throw new UsageError('--from and --to choose a part of --history; files are replayed whole.');
  const steps = (flags.values.get('--at') ?? []).map((text) => timeOf(text, '--at') as number);
  const save = textOf(flags, '--save')?.trim() ?? null;
  if (save !== null && (save === '' || save.length > maxNameLength))
    throw new UsageError(`--save needs a name of 1 to ${maxNameLength} characters.`);
  if (save !== null && steps.length > 0)
    throw new UsageError('--save keeps alerts as they are at the end: leave --at out, or --save.');
  return {
    isHistory,
    from,
    to,
    steps,
    evidence: numberOf(flags, '--evidence', 0, 40) ?? 10,
    save,
    asJson: isOn(flags, '--json'),
    year: numberOf(flags, '--year', 1970, 9999),
    zone,
  };
}

async function run(call: Call): Promise<number> {
  const { flags, out, err } = call;
  const asked = readFlags(call);
  const { isHistory, from, to, steps, save, asJson, year, zone } = asked;
  const config = isHistory || save !== null ? configOf(call) : null;
  const server = config === null ? null : await localServer(config.dataDir);
  const asks = isHistory ? server : null;
  if (asks !== null) refuseBeside(call);
  takeMappings(call);
  // Of a data folder, the shipped rules are those in force there.
  const rules = loadRules(call, isHistory);
  const alone = flags.values.get('--default-rules')?.at(-1) === 'false';
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  let events = 0;
  const span: { first: number | null; end: number | null } = { first: from, end: to };
  let shownAt = started;
  const onProgress = (count: number, first?: number, last?: number): void => {
    events = count;
    if (first !== undefined && last !== undefined) Object.assign(span, { first, end: last + 1 });
    if (!err.isTerminal || performance.now() - shownAt < 200) return;
    shownAt = performance.now();
    err.write(`\r${count.toLocaleString('en-US')} events`);
  };
  const shown = extentOf(asked);
  let step: number | null = null;
  const onStep = (at: number): void => {
    step = at;
    if (!asJson) out.write(`${bold(out, `At ${isoTime(at)}`)}\n\n`);
  };
  // What is kept is kept whole.
  const told = { ...(save === null && { detail: shown }), onProgress, onStep, at: steps };
  let count = rules.length;
  const notes: string[] = [];
  const onEnd = ({ rules: ran, events: seen, note, name }: EndedReplay): void => {
    [count, events] = [ran, seen];
    if (note !== null) notes.push(note);
    if (save !== null) notes.push(`Kept as ${JSON.stringify(name)}: open it in the browser under Replays.`);
  };
  const replayed =
    asks !== null && config !== null
      ? askedReplay(asks, { dataDir: config.dataDir, rules, alone, from, to, save, onProgress, onEnd })
      : isHistory
        ? historyReplay(call, ({ rules: inForce }) => {
            const all = alone ? rules : [...inForce, ...rules];
            count = all.length;
            return { ...told, rules: all, from: from ?? 0, to: to ?? farFuture };
          })
        : replay({ ...told, paths: flags.positionals, rules, year, zone });
  const saving =
    config === null || save === null || asks !== null
      ? null
      : await (await import('./replay-save.ts')).saveReplay(config, server, {
          name: save,
          origin: isHistory ? 'history' : 'files',
          files: [...flags.positionals],
        });
  let alerts = 0;
  try {
    for await (const alert of replayed) {
      alerts += 1;
      saving?.add(alert);
      const cut = cutTo(alert, shown);
      const wait = out.write(asJson ? alertLine(cut, step) : describe(out, cut));
      if (wait) await wait;
    }
  } catch (error) {
    saving?.discard();
    throw error;
  }
  await out.flush();
  if (err.isTerminal || !asJson) {
    err.line(
      `${err.isTerminal ? '\r' : ''}${events.toLocaleString('en-US')} events, ${alerts} alerts, ${count} rules, ${seconds().toFixed(1)} s`,
    );
  }
  if (saving !== null) {
    const end = { events, rules: count, from: span.first, to: span.end };
    notes.push(...saving.finish({ ...end, seconds: Math.round(seconds() * 1000) / 1000 }));
  }
  for (const note of notes) err.line(note);
  return 0;
}

// Stores and their libraries are loaded where they are needed: without them a replay of files starts a third of a second sooner.

async function* askedReplay(server: LocalServer, options: BesideOptions): AsyncGenerator<Alert> {
  const { replayBeside } = await import('./replay-beside.ts');
  yield* replayBeside(server, options);
}

async function* historyReplay(
  call: Call,
  plan: (history: StoppedHistory) => Omit<HistoryReplay, 'store'>,
): AsyncGenerator<Alert> {
  const [{ withHistory }, { replayHistory }] = await Promise.all([
    import('./replay-history.ts'),
    import('../backtest/replay.ts'),
  ]);
  yield* withHistory(call, (history) => replayHistory({ ...plan(history), store: history.store }));
}

/** What of each alert is printed. */
function extentOf({ asJson, evidence }: Asked): AlertExtent {
  const early = Math.ceil(evidence / 2);
  return asJson ? { first: early, last: evidence - early, clauses: true } : { first: 0, last: 1, clauses: false };
}

/** An alert with no more events than are printed. */
function cutTo(alert: Alert, { first, last }: AlertExtent): Alert {
  const { events } = alert;
  if (events.length <= first + last) return alert;
  return { ...alert, events: [...events.slice(0, first), ...events.slice(events.length - last)] };
}

/** What a running Phosor cannot be asked. */
function refuseBeside({ flags }: Call): void {
  const asked = ['--mappings', '--at'].filter((name) => flags.values.has(name));
  if (asked.length === 0) return;
  throw new CommandError(
    `A Phosor runs on this data folder, and replays its history with its own mappings, to the end. ${asked.join(' and ')} needs the folder for itself: leave it out, or stop Phosor first.`,
  );
}

/** Rules of --rules beside the shipped ones. A broken rule is a failure: silence would look like "no attack". */
function loadRules({ flags }: Call, ownOnly: boolean): RuleDoc[] {
  const own = readRuleFiles(flags.values.get('--rules') ?? [], 'imported');
  const isWanted = !ownOnly && flags.values.get('--default-rules')?.at(-1) !== 'false';
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
function alertLine(alert: Alert, at: number | null): string {
  const head = {
    ...(at !== null && { at: isoTime(at) }),
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
