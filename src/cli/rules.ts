import { relative } from 'node:path';
import { didYouMean } from '../config/index.ts';
import { shippedRulesFolder } from '../package.ts';
import { testRules } from '../rule-tests.ts';
import { readRuleFiles } from '../rules-folder.ts';
import {
  type Call,
  type Command,
  CommandError,
  green,
  isOn,
  mappingsFlag,
  red,
  takeMappings,
  textOf,
  UsageError,
  yellow,
} from './command.ts';
import { coverage, coverageFlags, schema } from './rules-coverage.ts';
import { explain, explainFlags } from './rules-explain.ts';
import { importFlags, importRules } from './rules-import.ts';
import { list } from './rules-list.ts';
import { matchEvents } from './rules-match.ts';
import { testDataFolder } from './rules-proof.ts';

const subcommands: Readonly<Record<string, (call: Call, paths: readonly string[]) => Promise<number>>> = {
  check,
  test,
  match,
  explain,
  import: importRules,
  list,
  coverage,
  schema,
};

export const rules: Command = {
  name: 'rules',
  summary: 'Check, test, match, explain, import and list detection rules.',
  usage: [
    'check DIR…',
    'test [DIR… | --data-dir DIR]',
    'match EVENTS.ndjson --rules DIR… [--json] [--no-logsource]',
    'explain RULE.yml FILE… [--all] [--json]',
    'explain --rule ID FILE… [--rules DIR…] [--all] [--json]',
    'import FILE|DIR|ZIP… [--pack NAME] [--check] [--data-dir DIR] [--json]',
    'list [DIR…] [--data-dir DIR] [--json]',
    'coverage [--data-dir DIR] [--json | --navigator FILE]',
    'schema',
  ],
  flags: [
    { name: '--json', kind: 'switch', description: 'One JSON object per line on stdout.' },
    {
      name: '--rules',
      kind: 'list',
      value: 'DIR',
      description: 'match, explain: the rules, a file or a folder; may be repeated.',
    },
    {
      name: '--logsource',
      kind: 'switch',
      description: 'match: only rules whose logsource fits the event (default; --no-logsource tries all).',
    },
    mappingsFlag,
    ...explainFlags,
    ...importFlags,
    ...coverageFlags,
  ],
  details: [
    'check  reports every error as file:line:column; exit 1 if there is any.',
    'test   runs the lines beside the rules: those of <rule>.fire.log must raise an alert, those of <rule>.quiet.log none.',
    '       With --data-dir: the rules of that folder, which then count as tested in its coverage.',
    'match  runs single-event detections over structured events whose keys are the rules’ field names.',
    'explain says line by line which clauses of a rule hold, what is counted, and what would have had to differ.',
    'import takes rules into the data folder, whether Phosor runs or not; what was changed here is never replaced.',
    'list   shows the rules of a folder; without one, those of the data folder and how they stand.',
    'coverage says per ATT&CK technique whether a rule is there, whether its log arrives, and whether it has fired.',
    'schema prints the JSON Schema of a rule, for editors.',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const [name, ...paths] = call.flags.positionals;
  const known = Object.keys(subcommands);
  if (name === undefined) throw new UsageError(`Say what to do with the rules: phosor rules ${known.join(' | ')}.`);
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (!subcommand) {
    const near = didYouMean(name, known);
    throw new UsageError(
      `There is no "phosor rules ${name}".${near ? ` Did you mean "phosor rules ${near}"?` : ` There is ${known.join(', ')}.`}`,
    );
  }
  takeMappings(call);
  return subcommand(call, paths);
}

async function check(call: Call, paths: readonly string[]): Promise<number> {
  const { out, err, flags } = call;
  if (paths.length === 0) throw new UsageError('Name the folders or files to check: phosor rules check rules/');
  const { rules: files, problems } = readRuleFiles(paths, 'imported');
  for (const { file, line, column, level, message, rule_id } of problems) {
    const text = `${file}:${line ?? 1}:${column ?? 1}: ${level === 'error' ? red(out, 'error') : yellow(out, 'warning')}: ${message}`;
    out.write(`${isOn(flags, '--json') ? JSON.stringify({ file, line, column, level, rule_id, message }) : text}\n`);
  }
  const errors = problems.filter(({ level }) => level === 'error').length;
  await out.flush();
  err.line(`${files.length} rules, ${errors} errors, ${problems.length - errors} warnings`);
  return errors > 0 ? 1 : 0;
}

async function test(call: Call, paths: readonly string[]): Promise<number> {
  const { out, err, flags } = call;
  if (paths.length === 0 && textOf(flags, '--data-dir') !== null) return testDataFolder(call);
  const results = await testRules(paths.length > 0 ? paths : [shippedRulesFolder]);
  for (const result of results) {
    if (isOn(flags, '--json')) {
      out.write(`${JSON.stringify(result)}\n`);
      continue;
    }
    const mark = result.problem ? red(out, 'FAIL') : result.tested ? green(out, 'ok  ') : yellow(out, 'none');
    out.write(`${mark} ${relative(call.cwd, result.path)}${result.problem ? `\n     ${result.problem}` : ''}\n`);
  }
  const failed = results.filter(({ problem }) => problem).length;
  const untested = results.filter(({ tested }) => !tested).length;
  await out.flush();
  err.line(`${results.length - failed - untested} passed, ${failed} failed, ${untested} without lines to test them`);
  return failed > 0 ? 1 : 0;
}

async function match(call: Call, paths: readonly string[]): Promise<number> {
  const { flags } = call;
  const folders = flags.values.get('--rules') ?? [];
  if (paths.length === 0 || folders.length === 0) {
    throw new UsageError('Name the events and the rules: phosor rules match EVENTS.ndjson --rules DIR');
  }
  const { rules: files, problems } = readRuleFiles(folders, 'imported');
  for (const { file, line, level, message } of problems) {
    if (level === 'error') call.err.line(`${file}:${line ?? 1}: ${message}`);
  }
  if (files.length === 0) throw new CommandError(`There is no rule in ${folders.join(', ')}.`);
  await matchEvents(
    paths,
    files.map(({ doc }) => doc),
    flags.values.get('--logsource')?.at(-1) !== 'false',
    async (hit) => {
      const text = isOn(flags, '--json') ? JSON.stringify(hit) : `${hit.event}: ${hit.rule_title} (${hit.rule_id})`;
      const wait = call.out.write(`${text}\n`);
      if (wait) await wait;
    },
  );
  return 0;
}
