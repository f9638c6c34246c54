import { plainText } from '../model/index.ts';
import { loadShippedRules } from '../rules-folder.ts';
import { createRulebook } from '../runtime/rulebook.ts';
import { proveRules } from '../serve/rules/proof.ts';
import { type Call, CommandError, green, isOn, red } from './command.ts';
import { withRuleData } from './rules-data.ts';

/** `phosor rules test --data-dir`: the rules of a data folder as they are there, with their own lines. */
export async function testDataFolder(call: Call): Promise<number> {
  const { out, err, flags } = call;
  return withRuleData(call, false, async ({ state, rules, exists, dataDir }) => {
    if (!exists) throw new CommandError(`There are no rules in ${dataDir} yet. Start Phosor once, or import some.`);
    const now = Date.now();
    const rulebook = createRulebook(loadShippedRules().pathOf);
    const run = await proveRules(rules(), { state, rulebook, now, pause: () => undefined });
    for (const { rule_id, name, ok, problem } of run.results) {
      if (isOn(flags, '--json')) out.write(`${JSON.stringify({ rule_id, name, ok, problem })}\n`);
      else
        out.write(
          `${ok ? green(out, 'ok  ') : red(out, 'FAIL')} ${plainText(name)}${problem ? `\n     ${plainText(problem)}` : ''}\n`,
        );
    }
    const { passed, failed, untested } = run;
    const details = { passed, failed, via: 'command line' };
    state.audit.append({ timestamp: now, action: 'rules_tested', user: null, success: true, source_ip: null, details });
    await out.flush();
    err.line(`${passed} passed, ${failed} failed, ${untested} without lines to test them`);
    return failed > 0 ? 1 : 0;
  });
}
