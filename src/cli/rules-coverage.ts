import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ruleTags } from '../detect/index.ts';
import { isoTime } from '../model/index.ts';
import { type Coverage, type CoverageState, coverageOf, storedSights } from '../serve/coverage/matrix.ts';
import { navigatorLayer } from '../serve/coverage/navigator.ts';
import { ruleJsonSchema } from '../serve/rules/schema.ts';
import {
  bold,
  type Call,
  type Command,
  cyan,
  dim,
  green,
  isOn,
  type Output,
  textOf,
  UsageError,
  yellow,
} from './command.ts';
import { withRuleData } from './rules-data.ts';

export const coverageFlags: Command['flags'] = [
  {
    name: '--navigator',
    kind: 'text',
    value: 'FILE',
    description: 'coverage: write a layer for the ATT&CK Navigator.',
  },
];

/** `phosor rules coverage`: which ATT&CK techniques the rules of a data folder can detect. */
export async function coverage(call: Call, paths: readonly string[]): Promise<number> {
  if (paths.length > 0) throw new UsageError('coverage is about a data folder: phosor rules coverage [--data-dir DIR]');
  return withRuleData(call, false, async ({ state, rules, exists, dataDir }) => {
    const now = Date.now();
    const found = coverageOf(rules(), state, storedSights(state), now, ruleTags);
    const file = textOf(call.flags, '--navigator');
    if (file !== null) {
      writeFileSync(resolve(call.cwd, file), `${JSON.stringify(navigatorLayer(found, isoTime(now)), null, 2)}\n`);
      call.err.line(`The layer is in ${file}.`);
    } else if (isOn(call.flags, '--json')) call.out.line(JSON.stringify(found));
    else printMatrix(call.out, found);
    await call.out.flush();
    call.err.line(
      found.looked_at === null
        ? `What arrives is not known${exists ? '' : ` (there is no data in ${dataDir} yet)`}: a running Phosor looks every hour.`
        : `What arrives was looked at ${found.looked_at}.`,
    );
    return 0;
  });
}

/** `phosor rules schema`: for editors. */
export async function schema(call: Call): Promise<number> {
  call.out.line(JSON.stringify(ruleJsonSchema(), null, 2));
  return 0;
}

const words: Record<CoverageState, string> = {
  none: 'no rule',
  no_source: 'no source',
  ready: 'ready',
  fired: 'fired',
  tested: 'tested',
};

function printMatrix(out: Output, { tactics, techniques, looked_at }: Coverage): void {
  const color = { none: dim, no_source: yellow, ready: cyan, fired: green, tested: green };
  for (const { id, name } of tactics) {
    const own = techniques.filter((technique) => technique.tactics.includes(id));
    const covered = own.filter(({ state }) => state !== 'none');
    out.write(`${bold(out, name)}  ${dim(out, `${covered.length} of ${own.length} techniques have a rule`)}\n`);
    for (const { id: technique, name: title, state, rules, missing } of covered) {
      const count = rules.length === 1 ? '1 rule' : `${rules.length} rules`;
      out.write(
        `  ${color[state](out, words[state].padEnd(9))}  ${technique.padEnd(9)}  ${title} ${dim(out, `(${count})`)}\n`,
      );
      if (missing.length > 0 && looked_at !== null)
        out.write(`  ${' '.repeat(22)}${dim(out, `missing: ${missing.slice(0, 4).join('; ')}`)}\n`);
    }
  }
}
