import { type AttackTactic, attackTactics } from '../../../src/model/attack.ts';
import { severityRank } from '../../../src/model/enumerations.ts';
import type { Severity } from '../api/types.ts';
import type { EntityKind, IncidentAlert, IncidentEntity } from './types.ts';

/** Alerts of one rule, as one step of the attack. */
export interface Step {
  key: string;
  rule_name: string;
  severity: Severity;
  /** Null: its rule names no tactic. */
  tactic: AttackTactic | null;
  alerts: IncidentAlert[];
  entities: IncidentEntity[];
}

export interface GraphNode {
  id: string;
  column: number;
  row: number;
  step: Step | null;
  entity: IncidentEntity | null;
}

export interface AttackGraph {
  /** Names of the columns, left to right: sources, tactics in the order of the matrix, targets. */
  columns: string[];
  nodes: GraphNode[];
  edges: { id: string; from: string; to: string }[];
  /** Entities of each kind that are not drawn: the table of entities has them. */
  leftOut: number;
}

const order = Object.keys(attackTactics) as AttackTactic[];
/** Entities of a kind that are drawn, those of most alerts first. */
const mostDrawn = 10;

/** The steps of the attack: by tactic in the order of the matrix, then by time. */
export function stepsOf(alerts: readonly IncidentAlert[]): Step[] {
  const steps = new Map<string, Step>();
  for (const alert of alerts) {
    const known = steps.get(alert.rule_id);
    const step = known ?? {
      key: alert.rule_id,
      rule_name: alert.rule_name,
      severity: alert.severity,
      tactic: null,
      alerts: [],
      entities: [],
    };
    step.alerts.push(alert);
    if (severityRank[alert.severity] > severityRank[step.severity]) step.severity = alert.severity;
    step.tactic ??= alert.tactics.at(0) ?? null;
    for (const entity of alert.entities)
      if (!step.entities.some((each) => idOf(each) === idOf(entity))) step.entities.push(entity);
    steps.set(alert.rule_id, step);
  }
  const place = ({ tactic }: Step) => (tactic === null ? order.length : order.indexOf(tactic));
  const first = ({ alerts: own }: Step) => Math.min(...own.map((alert) => Date.parse(alert.first)));
  return [...steps.values()].sort((a, b) => place(a) - place(b) || first(a) - first(b) || (a.key < b.key ? -1 : 1));
}

export const idOf = ({ kind, value }: IncidentEntity): string => `${kind} ${value}`;

/** Sources at the left, what they did in the order of the matrix, accounts and hosts at the right. */
export function graphOf(alerts: readonly IncidentAlert[]): AttackGraph {
  const steps = stepsOf(alerts);
  const tactics = [...new Set(steps.map(({ tactic }) => tactic))];
  const counts = new Map<string, { entity: IncidentEntity; alerts: number }>();
  for (const alert of alerts) {
    for (const entity of alert.entities) {
      const known = counts.get(idOf(entity)) ?? { entity, alerts: 0 };
      counts.set(idOf(entity), { entity, alerts: known.alerts + 1 });
    }
  }
  const ranked = [...counts.values()].sort((a, b) => b.alerts - a.alerts || (idOf(a.entity) < idOf(b.entity) ? -1 : 1));
  const ofKind = (kind: EntityKind) => ranked.flatMap(({ entity }) => (entity.kind === kind ? [entity] : []));
  const sources = ofKind('address').slice(0, mostDrawn);
  const targets = [...ofKind('user').slice(0, mostDrawn), ...ofKind('host').slice(0, mostDrawn)];
  const columns = [
    'Sources',
    ...tactics.map((tactic) => (tactic === null ? 'Other' : attackTactics[tactic])),
    'Accounts and hosts',
  ];
  const nodes: GraphNode[] = [
    ...sources.map((entity, row) => ({ id: idOf(entity), column: 0, row, step: null, entity })),
    ...tactics.flatMap((tactic, at) =>
      steps
        .filter((step) => step.tactic === tactic)
        .map((step, row) => ({ id: `step ${step.key}`, column: at + 1, row, step, entity: null })),
    ),
    ...targets.map((entity, row) => ({ id: idOf(entity), column: tactics.length + 1, row, step: null, entity })),
  ];
  const drawn = new Set(nodes.map(({ id }) => id));
  const edges = steps.flatMap((step) =>
    step.entities
      .filter((entity) => drawn.has(idOf(entity)))
      .map((entity) => {
        const [from, to] =
          entity.kind === 'address' ? [idOf(entity), `step ${step.key}`] : [`step ${step.key}`, idOf(entity)];
        return { id: `${from} → ${to}`, from, to };
      }),
  );
  return { columns, nodes, edges, leftOut: ranked.length - sources.length - targets.length };
}
