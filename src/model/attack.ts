/** ATT&CK's tactics as Sigma tags write them (`attack.credential-access`), in the order of the matrix, with their names. */
export const attackTactics = {
  reconnaissance: 'Reconnaissance',
  'resource-development': 'Resource Development',
  'initial-access': 'Initial Access',
  execution: 'Execution',
  persistence: 'Persistence',
  'privilege-escalation': 'Privilege Escalation',
  'defense-evasion': 'Defense Evasion',
  'credential-access': 'Credential Access',
  discovery: 'Discovery',
  'lateral-movement': 'Lateral Movement',
  collection: 'Collection',
  'command-and-control': 'Command and Control',
  exfiltration: 'Exfiltration',
  impact: 'Impact',
} as const;
export type AttackTactic = keyof typeof attackTactics;

const known = Object.keys(attackTactics) as AttackTactic[];

/** The tactics that a rule's tags name, in the order of the matrix. Older rules write them with `_`. */
export function tacticsOf(tags: readonly string[]): AttackTactic[] {
  const named = new Set(
    tags.map((tag) =>
      tag
        .toLowerCase()
        .replace(/^attack\./, '')
        .replaceAll('_', '-'),
    ),
  );
  return known.filter((tactic) => named.has(tactic));
}
