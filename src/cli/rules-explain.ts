import type { CorrelationExplanation, EventExplanation } from '../detect/contract.ts';
import { compileRules, createCorrelator, createExplainer } from '../detect/index.ts';
import { createEnrichments } from '../enrich/index.ts';
import { findLogFiles, type LogFile, readLineBlocks } from '../log-files.ts';
import {
  type ClauseResult,
  type Event,
  eventToJson,
  plainText,
  type RuleDoc,
  type SourceInfo,
} from '../model/index.ts';
import { createPipeline } from '../pipeline.ts';
import { identityOf } from '../replay.ts';
import { loadShippedRules, readRuleFiles } from '../rules-folder.ts';
import { relevantRules } from '../serve/backtest/relevant.ts';
import {
  bold,
  type Call,
  type Command,
  CommandError,
  dim,
  green,
  isOn,
  numberOf,
  type Output,
  red,
  textOf,
  timeFlags,
  UsageError,
  yellow,
} from './command.ts';
import { zoneOrUsageError } from './parse.ts';

export const explainFlags: Command['flags'] = [
  { name: '--rule', kind: 'text', value: 'ID', description: 'explain: the rule, where it is not named by its file.' },
  { name: '--all', kind: 'switch', description: 'explain: every line, not only matches and near misses.' },
  ...timeFlags,
];

/** So few lines are all told. */
const fewLines = 20;

/** One line and what a rule makes of it. */
interface Told {
  place: string;
  event: Event;
  explanation: EventExplanation;
}

/** `phosor rules explain`: why a rule does, or does not, fire on the lines of some files. */
export async function explain(call: Call, paths: readonly string[]): Promise<number> {
  const { flags, out, err } = call;
  const { docs, files } = chosen(call, paths);
  const rules = compileRules(docs);
  const explainer = createExplainer(rules, (docs[0] as RuleDoc).id);
  const understand = reader(call);
  const asJson = isOn(flags, '--json');
  const wantsAll = isOn(flags, '--all') || asJson;
  const places = new Map<string, string>();
  const first: Told[] = [];
  let lines = 0;
  let matched = 0;
  let fired = 0;
  let shown = 0;
  const tell = async (told: Told): Promise<void> => {
    shown += 1;
    const wait = out.write(asJson ? jsonOf(told) : describe(out, told, places));
    if (wait) await wait;
  };
  for (const file of await findLogFiles(files)) {
    let number = 0;
    for await (const block of readLineBlocks(file)) {
      for (const [i, body] of block.lines.entries()) {
        number += 1;
        if (isNote(file, body)) continue;
        lines += 1;
        const event = understand(file, body, block.offsets[i] ?? -1, lines);
        const explanation = explainer.explain(event, lines);
        const told = { place: `${file.name}:${number}`, event, explanation };
        if (explanation.matched) matched += 1;
        if (hasFired(explanation)) fired += 1;
        for (const window of explanation.correlation?.judged ?? []) if (window.fired) fired += 1;
        if (explanation.matched) places.set(event.id, told.place);
        if (wantsAll) await tell(told);
        else if (lines <= fewLines) first.push(told);
        else {
          // More than a few: of the first ones, too, only what is of interest.
          for (const one of first.splice(0)) if (isTelling(one.explanation)) await tell(one);
          if (isTelling(explanation)) await tell(told);
        }
      }
    }
  }
  for (const one of first) await tell(one);
  await out.flush();
  const left = lines - shown;
  const more = left > 0 ? `; ${left} lines that come nowhere near are not shown (--all shows them)` : '';
  err.line(`${lines} lines, ${matched} matched, ${fired} fired${more}`);
  return 0;
}

/** Whether a line is a note to people: in the lines beside a rule, as `phosor rules test` has it. Other logs may begin lines with `#`. */
const isNote = ({ name }: LogFile, body: string): boolean =>
  body.startsWith('#') && /\.(?:fire|quiet)\.log$/.test(name);

const hasFired = ({ matched, correlation }: EventExplanation): boolean => correlation?.fired ?? matched;

/** Matches, and lines that only one thing keeps from matching. */
const isTelling = ({ matched, steps, correlation }: EventExplanation): boolean =>
  matched || (correlation?.judged ?? []).length > 0 || steps.some(({ differ }) => differ.length === 1);

/** The rule that is explained first, what it runs with, and the files with lines. */
function chosen({ flags }: Call, paths: readonly string[]): { docs: RuleDoc[]; files: readonly string[] } {
  const id = textOf(flags, '--rule');
  const named = flags.values.get('--rules') ?? [];
  const ownFile = id === null && named.length === 0;
  const [path, ...rest] = paths;
  const files = ownFile ? rest : paths;
  if (files.length === 0 || (ownFile && path === undefined)) {
    throw new UsageError(
      'Name a rule and files with lines: phosor rules explain RULE.yml auth.log, or phosor rules explain --rule ID auth.log',
    );
  }
  const { rules, problems } = readRuleFiles(ownFile ? [path as string] : named, 'imported');
  const own = rules.map(({ doc }) => doc);
  const known = ownFile || own.some((doc) => doc.id === id) ? own : [...own, ...loadShippedRules().docs];
  const compiled = compileRules(known.map((doc) => ({ ...doc, enabled: true })));
  const able = known.filter((doc) => compiled.rules.some((rule) => rule.id === doc.id));
  const doc = id === null ? (able.length === 1 ? able[0] : undefined) : able.find((one) => one.id === id);
  if (doc === undefined) {
    const errors = problems.filter(({ level }) => level === 'error');
    if (errors.length > 0)
      throw new CommandError(errors.map(({ file, line, message }) => `${file}:${line ?? 1}: ${message}`).join('\n'));
    if (id !== null) throw new UsageError(`There is no rule "${id}". See phosor rules list.`);
    throw new UsageError(
      able.length === 0
        ? `${path} holds no rule that could fire.`
        : `${path} holds ${able.length} rules. Say which with --rules ${path} --rule ID: ${able.map((one) => one.id).join(', ')}.`,
    );
  }
  return { docs: relevantRules({ ...doc, enabled: true }, known), files };
}

/** Understands lines as `phosor parse` does. */
function reader({ flags }: Call): (file: LogFile, body: string, position: number, seq: number) => Event {
  const context = {
    zoneMinutesAt: zoneOrUsageError(textOf(flags, '--timezone')),
    year: numberOf(flags, '--year', 1970, 9999),
    live: false,
  };
  const rules = compileRules([]);
  const pipeline = createPipeline({
    contextOf: () => context,
    enrichments: createEnrichments({ redact: { email: false, phone: false, internalIps: false, custom: [] } }),
    rules,
    correlator: createCorrelator(rules, { maxGroupsPerRule: 1, latenessMs: 0, finalOnly: true }),
    random: () => 0,
  });
  const origins = new Map<LogFile, SourceInfo>();
  return (file, body, position, seq) => {
    const origin = origins.get(file) ?? {
      source: `file_${file.name}`,
      // Old files are no history here: what was long ago is told as if it came now.
      source_type: 'replay' as const,
      peer: null,
      hint: null,
      identity: identityOf(file),
    };
    origins.set(file, origin);
    const received_at = file.modifiedAt ?? Date.now();
    return pipeline.understand({ seq, origin, received_at, body, position });
  };
}

const jsonOf = ({ place, event, explanation }: Told): string =>
  `${JSON.stringify({ place, event: eventToJson(event, true), ...explanation })}\n`;

/** For people. Lines and rules are hostile text: no escape sequence reaches the terminal. */
function describe(out: Output, { place, event, explanation }: Told, places: ReadonlyMap<string, string>): string {
  const { steps, correlation } = explanation;
  const fired = hasFired(explanation);
  const verdict = fired
    ? green(out, correlation ? 'fires' : 'matches')
    : explanation.matched
      ? yellow(out, correlation?.pending ? 'counts, judged when its window is over' : 'counts, does not fire')
      : red(out, 'does not match');
  const rows = [
    `${bold(out, plainText(place))}  ${verdict}`,
    `  ${marked(
      out,
      event.raw,
      steps.flatMap((step) => step.clauses),
    )}`,
  ];
  for (const step of steps) {
    rows.push(`  ${sign(out, step.matched)} ${bold(out, plainText(step.title))}`);
    for (const clause of step.clauses) rows.push(...tree(out, clause, '    '));
    for (const sentence of step.differ) rows.push(`    ${yellow(out, '→')} ${plainText(sentence)}`);
  }
  if (correlation) rows.push(...counted(out, correlation, places, '  '));
  if (fired && explanation.signal !== null) rows.push(`  ${yellow(out, 'no alert:')} ${plainText(explanation.signal)}`);
  return `${rows.join('\n')}\n\n`;
}

const sign = (out: Output, holds: boolean): string => (holds ? green(out, '✓') : red(out, '✗'));

/** A clause and what is below it, in as few lines as say it. */
function tree(out: Output, clause: ClauseResult, indent: string): string[] {
  const { children } = clause;
  const [only, ...more] = children;
  if (clause.clause === 'and') return children.flatMap((child) => tree(out, child, indent));
  if (only && more.length === 0 && only.clause === clause.clause) return tree(out, only, indent);
  // What excludes nothing needs no more words, and neither does a log source that fits.
  const name = clause.clause === 'not' && only ? `not ${nameOf(only)}` : (joins[clause.clause] ?? clause.clause);
  const head = `${indent}${sign(out, clause.matched)} ${plainText(name)}`;
  if (clause.matched && (clause.clause === 'not' || clause.clause.startsWith('logsource'))) return [head];
  const alike = alternatives(clause);
  if (alike !== null) return [`${head}${alike.value}${asked(out, clause, alike.expected)}`];
  if (children.length === 0) {
    return [`${head}${foundText(clause)}${clause.expected === null ? '' : asked(out, clause, [clause.expected])}`];
  }
  const below = clause.clause === 'not' && only && only.children.length > 0 ? only.children : children;
  const left = clause.left_out ? [`${indent}  ${dim(out, `${clause.left_out} more`)}`] : [];
  return [head, ...below.flatMap((child) => tree(out, child, `${indent}  `)), ...left];
}

const joins: Readonly<Record<string, string>> = { or: 'at least one of' };

const nameOf = (clause: ClauseResult): string =>
  clause.clause === 'not' && clause.children[0] ? nameOf(clause.children[0]) : clause.clause;

/** The values of a clause on one field that takes any of several; null where it is something else. */
function alternatives({ clause, children }: ClauseResult): { value: string; expected: string[] } | null {
  const [head] = children;
  if (head === undefined || children.length < 2 || head.field === null) return null;
  if (children.some((child) => child.clause !== clause || child.children.length > 0)) return null;
  const held = children.filter(({ matched }) => matched);
  const told = held.length > 0 ? held : children;
  return { value: foundText(head), expected: told.map(({ expected }) => expected ?? '') };
}

/** What the field held; the line itself stands above. */
const foundText = ({ field, value }: ClauseResult): string =>
  field === null || field === 'raw' ? '' : ` = ${valueText(value)}`;

function asked(out: Output, { matched, left_out }: ClauseResult, expected: readonly string[]): string {
  if (matched) return '';
  const shown = expected.slice(0, 8).map(short);
  const left = expected.length - shown.length + (left_out ?? 0);
  return dim(out, `  (asked for ${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''})`);
}

const short = (text: string): string => {
  const plain = plainText(text).replaceAll('\n', ' ');
  return plain.length > 120 ? `${plain.slice(0, 120)}…` : plain;
};

const valueText = (value: ClauseResult['value']): string =>
  value === null ? 'missing' : short(typeof value === 'string' ? value : JSON.stringify(value));

function counted(
  out: Output,
  explanation: CorrelationExplanation,
  places: ReadonlyMap<string, string>,
  indent: string,
): string[] {
  const { title, group, observed, needed, condition, window_seconds, events, differ, inner, fired } = explanation;
  const of = needed === null ? '' : ` of ${needed}`;
  const head = `${observed}${of} (${short(condition)} in ${window_seconds} s)${groupText(group ?? {})}`;
  const ids = events.map((id) => places.get(id) ?? id);
  const shown = ids.length > 10 ? [...ids.slice(0, 5), `… ${ids.length - 10} more …`, ...ids.slice(-5)] : ids;
  return [
    `${indent}${sign(out, fired)} ${bold(out, plainText(title))}: ${head}`,
    ...(shown.length > 0 ? [`${indent}  ${dim(out, `counted: ${plainText(shown.join(', '))}`)}`] : []),
    ...(explanation.judged ?? []).map(
      (window) =>
        `${indent}  ${sign(out, window.fired)} the window from ${window.from.slice(11, 19)} to ${window.until.slice(11, 19)} is over: ${window.observed}${groupText(window.group)}, ${window.fired ? green(out, 'fires') : 'does not fire'}`,
    ),
    ...inner.flatMap((one) => counted(out, one, places, `${indent}  `)),
    ...differ.map((sentence) => `${indent}  ${yellow(out, '→')} ${plainText(sentence)}`),
  ];
}

function groupText(group: Readonly<Record<string, string>>): string {
  const who = Object.entries(group).map(([field, value]) => `${plainText(field)}=${short(value)}`);
  return who.length > 0 ? ` for ${who.join(' ')}` : '';
}

/** The line with the places of the clauses' values: what was asked for, and what was not. */
function marked(out: Output, raw: string, clauses: readonly ClauseResult[]): string {
  const marks: { offset: number; end: number; matched: boolean }[] = [];
  const visit = (clause: ClauseResult): void => {
    if (clause.at)
      marks.push({ offset: clause.at.offset, end: clause.at.offset + clause.at.length, matched: clause.matched });
    for (const child of clause.children) visit(child);
  };
  for (const clause of clauses) visit(clause);
  marks.sort((a, b) => a.offset - b.offset || Number(b.matched) - Number(a.matched) || b.end - a.end);
  let text = '';
  let at = 0;
  for (const { offset, end, matched } of marks) {
    if (offset < at) continue;
    text += plainText(raw.slice(at, offset)) + (matched ? green : red)(out, plainText(raw.slice(offset, end)));
    at = end;
  }
  return text + plainText(raw.slice(at));
}
