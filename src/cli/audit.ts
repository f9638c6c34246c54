import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { plainText } from '../model/index.ts';
import { trailFiles, verifyTrail } from '../store/audit/chain.ts';
import type { AuditPoint } from '../store/audit/types.ts';
import {
  bold,
  type Call,
  type Command,
  CommandError,
  configOf,
  green,
  isOn,
  placeFlags,
  red,
  UsageError,
  yellow,
} from './command.ts';

export const audit: Command = {
  name: 'audit',
  summary: 'Verify the audit trail: whether a record was changed, taken out or put in.',
  usage: ['verify [DIR] [--json] [flags of phosor start]'],
  flags: [{ name: '--json', kind: 'switch', description: 'The verdict as one JSON object on stdout.' }, ...placeFlags],
  details: [
    'DIR is a folder with audit-*.jsonl files (default: PHOSOR_AUDIT_DIR, else audit in the data folder). Phosor may run.',
    'Exit code 1 names the first record that does not fit. Nothing is changed.',
    'Whoever owns the machine could write the whole chain anew. Keep the last hash elsewhere now and then, and compare.',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const [what, folder, ...more] = call.flags.positionals;
  if (what !== 'verify' || more.length > 0) throw new UsageError('Write "phosor audit verify [DIR]".');
  const { config } = configOf(call);
  const place = folder === undefined ? config.audit.dir : resolve(call.cwd, folder);
  if (trailFiles(place).length === 0)
    throw new CommandError(
      `There is no audit trail in ${place}. Name its folder: phosor audit verify DIR, or PHOSOR_AUDIT_DIR.`,
    );
  // A copy of a trail elsewhere is verified by itself: how far it must go is not known of it.
  const anchor = place === config.audit.dir ? readAnchor(join(config.dataDir, 'state.sqlite')) : null;
  const verdict = await verifyTrail(place, anchor);
  const { out } = call;
  if (isOn(call.flags, '--json')) {
    out.line(JSON.stringify({ ...verdict, folder: place }));
    return verdict.ok ? 0 : 1;
  }
  out.line(`${bold(out, place)}: ${verdict.records} records in ${verdict.files} files`);
  for (const note of verdict.notes) out.line(`${yellow(out, 'note')} ${note}`);
  if (verdict.problem !== null) {
    const { file, line, message } = verdict.problem;
    out.line(`${red(out, 'BROKEN')} ${file}:${line}: ${plainText(message)}`);
    out.line('The records before it are as they were written.');
    return 1;
  }
  out.line(
    `${green(out, 'whole')} The last is record ${verdict.last?.sequence ?? 0} with hash ${verdict.last?.hash ?? 'none'}.`,
  );
  return 0;
}

/** What is known to be synced, without opening the state for writing. */
function readAnchor(file: string): AuditPoint | null {
  if (!existsSync(file)) return null;
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    const row = db.prepare('SELECT sequence, hash FROM audit_anchor').get();
    return row === undefined ? null : { sequence: Number(row.sequence), hash: String(row.hash) };
  } catch {
    // An older state, without a trail in files.
    return null;
  } finally {
    db.close();
  }
}
