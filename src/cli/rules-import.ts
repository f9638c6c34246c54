import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { plainText } from '../model/index.ts';
import { createRulebook } from '../runtime/rulebook.ts';
import { tellServer } from '../serve/rules/force.ts';
import {
  isPackFile,
  maxRuleFileBytes,
  maxRuleFiles,
  packNameShape,
  planImport,
  type RuleFileText,
  storeImport,
} from '../serve/rules/import.ts';
import { filesOfZip } from '../serve/rules/importing.ts';
import { ZipRefused } from '../serve/rules/zip.ts';
import { type Call, type Command, CommandError, isOn, red, textOf, UsageError, yellow } from './command.ts';
import { withRuleData } from './rules-data.ts';

export const importFlags: Command['flags'] = [
  { name: '--pack', kind: 'text', value: 'NAME', description: 'import: name of the pack (default: that of the file).' },
  { name: '--check', kind: 'switch', description: 'import: say what would happen and change nothing.' },
  {
    name: '--data-dir',
    kind: 'text',
    value: 'DIR',
    description: 'import, list, coverage, test: the data folder (default: that of phosor start; test: none).',
  },
];

/** `phosor rules import`: rules of files, folders and zip archives into the data folder. */
export async function importRules(call: Call, paths: readonly string[]): Promise<number> {
  const [first] = paths;
  if (first === undefined) throw new UsageError('Name the rules to import: phosor rules import FILE|DIR|ZIP…');
  const pack = textOf(call.flags, '--pack') ?? basename(first).replace(/\.(?:zip|ya?ml|json)$/i, '');
  const name = packNameShape.safeParse(pack);
  if (!name.success) throw new UsageError(`"${pack}" is no name of a pack: up to 100 characters and no slash.`);
  return withRuleData(call, true, async ({ state, shipped, dataDir }) => {
    const now = Date.now();
    const facts = {
      state,
      rulebook: createRulebook(new Map()),
      shippedIds: new Set(shipped.map(({ id }) => id)),
      pack: name.data,
      now,
      pause: () => undefined,
    };
    const plan = await planImport(filesOf(paths), facts).catch((error: unknown) => {
      throw error instanceof ZipRefused ? new CommandError(error.message) : error;
    });
    const { report } = plan;
    const isCheck = isOn(call.flags, '--check');
    if (!isCheck && plan.rules.length > 0) {
      state.transaction(() => {
        storeImport(plan, state);
        const { imported, replaced, refused } = report;
        state.audit.append({
          timestamp: now,
          action: 'rules_imported',
          user: null,
          success: true,
          source_ip: null,
          details: { pack: name.data, imported, replaced, refused: refused.length, via: 'command line' },
        });
        tellServer(state, now);
      });
    }
    await print(call, report, isCheck, dataDir);
    return report.refused.length > 0 ? 1 : 0;
  });
}

async function print(
  { out, err, flags }: Call,
  report: Awaited<ReturnType<typeof planImport>>['report'],
  isCheck: boolean,
  dataDir: string,
): Promise<void> {
  if (isOn(flags, '--json')) out.line(JSON.stringify(report));
  else {
    for (const { file, line, message } of report.warnings)
      out.line(`${plainText(file)}:${line ?? 1}:1: ${yellow(out, 'warning')}: ${plainText(message)}`);
    for (const { file, line, column, message } of report.refused)
      out.line(`${plainText(file)}:${line ?? 1}:${column ?? 1}: ${red(out, 'refused')}: ${plainText(message)}`);
  }
  await out.flush();
  const { imported, replaced, refused } = report;
  const would = isCheck ? 'would be ' : '';
  err.line(`${imported} rules ${would}imported, ${replaced} ${would}replaced, ${refused.length} refused`);
  if (!isCheck && imported + replaced > 0 && existsSync(join(dataDir, 'phosor.lock')))
    err.line('A Phosor that runs on this folder takes them into force within a few seconds.');
}

function* filesOf(paths: readonly string[]): Generator<RuleFileText> {
  let count = 0;
  for (const path of paths) {
    if (!existsSync(path))
      throw new CommandError(`"${path}" does not exist. Name a rule file, a folder or a zip archive.`);
    for (const file of statSync(path).isDirectory() ? folderFiles(path, path) : oneFile(path)) {
      count += 1;
      if (count > maxRuleFiles * 2)
        throw new CommandError(`There are more than ${maxRuleFiles * 2} files. Import in parts.`);
      yield file;
    }
  }
}

function* oneFile(path: string): Generator<RuleFileText> {
  if (/\.zip$/i.test(path)) yield* filesOfZip(readFileSync(path));
  else yield textOfFile(path, basename(path));
}

function* folderFiles(root: string, folder: string): Generator<RuleFileText> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) yield* folderFiles(root, path);
    else if (entry.isFile() && isPackFile(relative(root, path))) yield textOfFile(path, relative(root, path));
  }
}

function textOfFile(path: string, name: string): RuleFileText {
  const { size } = statSync(path);
  if (size > maxRuleFileBytes)
    throw new CommandError(`"${path}" has ${size} bytes; a rule file has at most ${maxRuleFileBytes}. Leave it out.`);
  return { name, text: readFileSync(path, 'utf8') };
}
