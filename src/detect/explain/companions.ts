import type { RuleDoc } from '../../model/index.ts';
import { compileSigma } from '../sigma/rule.ts';

/** The rules that one needs to be compiled: those that its correlations name, and those that these name. */
export function companionsOf(doc: RuleDoc, among: readonly RuleDoc[]): RuleDoc[] {
  const found = new Set<RuleDoc>();
  const look = (one: RuleDoc): void => {
    if (one.type !== 'sigma') return;
    for (const reference of compileSigma(one, { open: true }).missing ?? []) {
      for (const other of among) {
        if (other.id === doc.id || found.has(other) || !holdsName(other, reference)) continue;
        found.add(other);
        look(other);
      }
    }
  };
  look(doc);
  return [...found];
}

/** Whether a rule may be what a name means: the compiler decides, among these. */
const holdsName = ({ id, config }: RuleDoc, name: string): boolean =>
  id === name || ('yaml' in config && config.yaml.includes(name));
