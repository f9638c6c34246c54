import { compileRules } from '../detect/index.ts';
import { isoTime, plainText, type RuleDoc } from '../model/index.ts';
import { readRuleFiles } from '../rules-folder.ts';
import { dayMs, type Standing, standingOf } from '../serve/rules/care.ts';
import { bold, type Call, dim, isOn, type Output, yellow } from './command.ts';
import { withRuleData } from './rules-data.ts';

/** `phosor rules list`: those of folders, or those of the data folder and how they stand. */
export async function list(call: Call, paths: readonly string[]): Promise<number> {
  if (paths.length > 0) {
    const { rules } = readRuleFiles(paths, 'imported');
    print(
      call,
      rules.map(({ doc }) => doc),
      () => null,
    );
  } else {
    await withRuleData(call, false, async ({ state, rules, exists }) => {
      const now = Date.now();
      const care = new Map(state.ruleCare.all().map((each) => [each.rule_id, each]));
      print(call, rules(), (rule) =>
        exists ? standingOf(rule, care.get(rule.id), state.alerts.ofRule(rule.id, now - dayMs), now) : null,
      );
    });
  }
  await call.out.flush();
  return 0;
}

function print(
  { out, flags }: Call,
  docs: readonly RuleDoc[],
  standingOfRule: (rule: RuleDoc) => Standing | null,
): void {
  // A rule that is off is listed as well: it is compiled as if it were on.
  const compiled = new Map(
    compileRules(docs.map((doc) => ({ ...doc, enabled: true }))).rules.map((rule) => [rule.id, rule]),
  );
  for (const doc of docs) {
    const rule = compiled.get(doc.id);
    const standing = standingOfRule(doc);
    if (isOn(flags, '--json')) {
      const row = {
        id: doc.id,
        title: doc.name,
        severity: doc.severity,
        kind: rule?.kind ?? null,
        group_by: rule?.groupBy ?? [],
        window_seconds: rule?.windowSeconds ?? null,
        description: doc.description,
        origin: doc.origin,
        author: doc.author,
        pack: doc.pack ?? null,
        enabled: doc.enabled,
        ...(standing && {
          ...standing,
          muted_until: isoOrNull(standing.muted_until),
          last_fired: isoOrNull(standing.last_fired),
        }),
      };
      out.write(`${JSON.stringify(row)}\n`);
      continue;
    }
    const how = !rule
      ? 'not in use: see phosor rules check'
      : rule.kind === 'detection'
        ? 'every event'
        : `${rule.kind} in ${rule.windowSeconds} s${rule.groupBy.length > 0 ? ` by ${rule.groupBy.join(', ')}` : ''}`;
    const from =
      doc.origin === 'imported'
        ? ` · ${doc.pack ?? 'imported'}${doc.author ? ` by ${plainText(doc.author)}` : ''}`
        : '';
    out.write(`${doc.severity.padEnd(8)} ${bold(out, plainText(doc.name))}${stateWords(out, standing)}\n`);
    out.write(`         ${dim(out, `${plainText(doc.id)} · ${how}${plainText(from)}`)}\n`);
  }
}

function stateWords(out: Output, standing: Standing | null): string {
  if (standing === null) return '';
  const { state, muted_until, alerts_24h, last_fired } = standing;
  const until = muted_until === null ? '' : ` until ${isoTime(muted_until)}`;
  const fired = last_fired === null ? 'never fired' : `${alerts_24h} alerts in 24 h, last ${isoTime(last_fired)}`;
  const word = state === 'on' ? '' : `${yellow(out, `${state}${until}`)}, `;
  return `  ${word}${dim(out, fired)}`;
}

const isoOrNull = (time: number | null): string | null => (time === null ? null : isoTime(time));
