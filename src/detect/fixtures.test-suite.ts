import { type Event, type Match, newEvent, type RuleDoc } from '../model/index.ts';
import type { AlertChange, CorrelatorOptions } from './contract.ts';
import { compileRules, createCorrelator, loadSigmaYaml } from './index.ts';

const origin = { source: 'file_auth.log', source_type: 'file', peer: null, hint: null, identity: 'f' } as const;

let counter = 0;

/** An event of a made-up file; `time` in seconds. */
export function event(parts: Partial<Event> & { at?: number } = {}): Event {
  const { at = 0, ...rest } = parts;
  counter += 1;
  const base = newEvent(origin, at * 1000, rest.raw ?? 'a line');
  return { ...base, id: `event-${counter}`, has_time: true, ...rest };
}

/** The rules of Sigma texts; throws on an error. */
export function sigma(...texts: string[]): RuleDoc[] {
  return texts.flatMap((text, i) => {
    const { docs, problems } = loadSigmaYaml(text, { origin: 'user', fileName: `test-${i}.yml` });
    const error = problems.find((problem) => problem.level === 'error');
    if (error) throw new Error(`${error.message} at ${error.line}:${error.column}`);
    return docs;
  });
}

/** A native rule. */
export function native(type: RuleDoc['type'], config: RuleDoc['config'], more: Partial<RuleDoc> = {}): RuleDoc {
  return {
    id: `native-${type}`,
    name: `a ${type} rule`,
    description: '',
    type,
    config,
    enabled: true,
    severity: 'medium',
    origin: 'user',
    author: null,
    created_at: 0,
    updated_at: 0,
    ...more,
  };
}

const live: CorrelatorOptions = { maxGroupsPerRule: 1000, latenessMs: 60_000, finalOnly: false };

/** An engine over some rules: `see` takes events one by one and gives what changed. */
export function engine(docs: readonly RuleDoc[], options: Partial<CorrelatorOptions> = {}) {
  const rules = compileRules(docs);
  const correlator = createCorrelator(rules, { ...live, ...options });
  let seq = 0;
  const matchesOf = (one: Event): Match[] => {
    const matches: Match[] = [];
    seq += 1;
    rules.match(one, seq, matches);
    return matches;
  };
  const see = (...events: Event[]): AlertChange[] => events.flatMap((one) => correlator.observe(matchesOf(one)));
  const alerts = (...events: Event[]) => see(...events).flatMap((c) => (c.type === 'alert' ? [c.alert] : []));
  return { rules, correlator, matchesOf, see, alerts };
}
