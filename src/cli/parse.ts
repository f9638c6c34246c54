import { didYouMean } from '../config/index.ts';
import { compileRules, createCorrelator } from '../detect/index.ts';
import { createEnrichments } from '../enrich/index.ts';
import { zoneOffsets } from '../host-zone.ts';
import { findLogFiles, type LogFile, readLineBlocks } from '../log-files.ts';
import { type Event, eventToJson, plainText, type SourceInfo } from '../model/index.ts';
import type { ParseContext } from '../parse/contract.ts';
import { formats, traceParse } from '../parse/index.ts';
import { createPipeline } from '../pipeline.ts';
import { identityOf } from '../replay.ts';
import {
  bold,
  type Call,
  type Command,
  cyan,
  dim,
  isOn,
  numberOf,
  type Output,
  textOf,
  timeFlags,
  UsageError,
} from './command.ts';

export const parse: Command = {
  name: 'parse',
  summary: 'Show how log lines are understood: one event per line, in their order, never fewer.',
  usage: ['[FILE…|-] [--json]'],
  flags: [
    { name: '--json', kind: 'switch', description: 'One JSON event per line on stdout, every key, nulls included.' },
    {
      name: '--source-type',
      kind: 'text',
      value: 'syslog|file',
      description: 'How the lines arrived (default: file).',
    },
    { name: '--hint', kind: 'text', value: 'FORMAT', description: 'Format that wins where a line could be several.' },
    ...timeFlags,
  ],
  details: [
    'Files may be .gz or .zst; - is standard input, and so is no file at all. Personal data and secrets are masked.',
    'Example: phosor parse --json /var/log/auth.log | head',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { flags, out } = call;
  const sourceType = textOf(flags, '--source-type') ?? 'file';
  if (sourceType !== 'syslog' && sourceType !== 'file') {
    throw new UsageError(`--source-type is "${sourceType}", but must be syslog or file.`);
  }
  const hint = textOf(flags, '--hint');
  const names: string[] = formats.map((format) => format.name);
  if (hint !== null && !names.includes(hint)) {
    const near = didYouMean(hint, names);
    throw new UsageError(
      `There is no format "${hint}".${near ? ` Did you mean ${near}?` : ''} The formats are ${names.join(', ')}.`,
    );
  }
  const context: ParseContext = {
    zoneMinutesAt: zoneOrUsageError(textOf(flags, '--timezone')),
    year: numberOf(flags, '--year', 1970, 9999),
    live: false,
  };
  const files = await findLogFiles(flags.positionals.length > 0 ? flags.positionals : ['-']);
  const asJson = isOn(flags, '--json');
  const redaction = createEnrichments({ redact: { email: false, phone: false, internalIps: false, custom: [] } });
  const rules = compileRules([]);
  const correlator = createCorrelator(rules, { maxGroupsPerRule: 1, latenessMs: 0, finalOnly: true });
  const pipeline = createPipeline({
    contextOf: () => context,
    enrichments: redaction,
    rules,
    correlator,
    random: () => 0,
  });
  let seq = 0;
  for (const file of files) {
    const origin = originOf(file, sourceType, hint);
    const receivedAt = file.modifiedAt ?? Date.now();
    for await (const { lines, offsets } of readLineBlocks(file)) {
      for (const [i, body] of lines.entries()) {
        seq += 1;
        const record = { seq, origin, received_at: receivedAt, body, position: offsets[i] ?? -1 };
        const event = pipeline.understand(record);
        const text = asJson
          ? `${JSON.stringify(eventToJson(event, true))}\n`
          : explain(out, event, traceParse({ ...record, body: event.raw }, context).trace);
        const wait = out.write(text);
        if (wait) await wait;
      }
    }
  }
  return 0;
}

/** `syslog`: as if 127.0.0.1 had sent the lines. */
function originOf(file: LogFile, sourceType: 'syslog' | 'file', hint: string | null): SourceInfo {
  const isSyslog = sourceType === 'syslog';
  return {
    source: isSyslog ? 'syslog_127.0.0.1' : `file_${file.name}`,
    source_type: sourceType,
    peer: isSyslog ? '127.0.0.1' : null,
    hint,
    identity: identityOf(file),
  };
}

/** `zoneOffsets`, with a wrong name as wrong usage. */
export function zoneOrUsageError(zone: string | null): ParseContext['zoneMinutesAt'] {
  try {
    return zoneOffsets(zone);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const shownKeys = [
  'host',
  'program',
  'pid',
  'facility',
  'level',
  'outcome',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'protocol',
  'user',
] as const;

/** The stages' account of a line, for people. Lines are hostile text: no escape sequence reaches the terminal. */
function explain(out: Output, event: Event, trace: readonly { stage: string; result: string }[]): string {
  const json = eventToJson(event, true);
  const rows = [
    ...trace.map(({ stage, result }) => [stage, plainText(result)]),
    ['event', `${bold(out, event.event_type)}, severity ${event.severity}, format ${cyan(out, event.format)}`],
    ['time', json.time ?? `none in the line; received ${json.received_at}`],
    [
      'found',
      shownKeys.flatMap((key) => (event[key] === null ? [] : [`${key}=${plainText(String(event[key]))}`])).join(' ') ||
        'nothing',
    ],
    ...(Object.keys(event.fields).length > 0 ? [['fields', plainText(JSON.stringify(event.fields))]] : []),
    ...(event.tags.length > 0 ? [['tags', event.tags.join(' ')]] : []),
    ...(event.redacted.length > 0 ? [['masked', event.redacted.join(' ')]] : []),
  ];
  return `${plainText(event.raw)}\n${rows.map(([name = '', text = '']) => `  ${dim(out, name.padEnd(8))} ${text}`).join('\n')}\n\n`;
}
