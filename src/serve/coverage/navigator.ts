import type { Coverage, CoverageState } from './matrix.ts';
import { attackVersion, tactics } from './techniques.ts';

const looks: Record<Exclude<CoverageState, 'none'>, { score: number; color: string; label: string }> = {
  no_source: { score: 25, color: '#f4c7a1', label: 'A rule, but no source sends what it needs' },
  ready: { score: 50, color: '#f7e8a4', label: 'Ready, never fired' },
  fired: { score: 75, color: '#b9dfa8', label: 'Has fired' },
  tested: { score: 100, color: '#6dbb7c', label: 'Tested in the last 30 days' },
};

/** The coverage as a layer for the ATT&CK Navigator. Techniques without a rule are left out, as there. */
export function navigatorLayer({ techniques }: Coverage, at: string): Record<string, unknown> {
  const slugs = new Map(tactics.map(({ id, slug }) => [id, slug]));
  return {
    name: 'Phosor coverage',
    description: `What the rules of this Phosor can detect, as of ${at}.`,
    domain: 'enterprise-attack',
    versions: { attack: attackVersion, navigator: '5.1.0', layer: '4.5' },
    sorting: 3,
    hideDisabled: false,
    gradient: { colors: ['#ffffff', looks.tested.color], minValue: 0, maxValue: 100 },
    legendItems: Object.values(looks).map(({ label, color }) => ({ label, color })),
    techniques: techniques.flatMap(({ id, tactics: own, state, rules, missing }) => {
      if (state === 'none') return [];
      const { score, color, label } = looks[state];
      const comment = [label, ...rules.map(({ name }) => name), ...missing.map((each) => `missing: ${each}`)].join(
        '\n',
      );
      const metadata = [{ name: 'rules', value: String(rules.length) }];
      return own.map((tactic) => ({
        techniqueID: id,
        tactic: slugs.get(tactic) ?? '',
        score,
        color,
        comment: comment.slice(0, 4000),
        enabled: true,
        metadata,
        showSubtechniques: id.includes('.'),
      }));
    }),
  };
}
