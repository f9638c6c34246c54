import type { Field, Node, Test } from '../form.ts';
import { literalsOfRegex } from '../regex/regex.ts';
import { fold, nullIsValue } from './field.ts';

/**
 * Something that must hold, at least one of a list, whenever a node matches: the index looks these up for every event,
 * and only then evaluates the node. All texts are folded.
 */
export type Witness =
  | { kind: 'exact'; field: Field | 'keywords'; value: string }
  | { kind: 'literal'; field: Field | 'keywords'; value: string }
  | { kind: 'prefix'; field: Field | 'keywords'; value: string }
  | { kind: 'present'; field: Field | 'keywords' };

export interface Witnesses {
  list: Witness[];
  /** Rough share of events that have one of them; lower is better. */
  score: number;
}

/** What is known about a rule set: it makes the choice better, and never wrong. */
export interface WitnessChoice {
  /** How many selections name this witness: what many rules look for is in many events. */
  uses(witness: Witness): number;
  /** Clauses that are no witnesses, because they are decided before. */
  skips(leaf: Leaf): boolean;
}

export type Leaf = Extract<Node, { kind: 'leaf' }>;

const anyWitness: WitnessChoice = { uses: () => 1, skips: () => false };

/** The best witnesses of a node, or null where it can match on what an event lacks. */
export function witnessesOf(node: Node, choice: WitnessChoice = anyWitness): Witnesses | null {
  switch (node.kind) {
    case 'not':
      return null;
    case 'and': {
      let best: Witnesses | null = null;
      for (const child of node.children) {
        const found = witnessesOf(child, choice);
        if (found !== null && (best === null || found.score < best.score)) best = found;
      }
      return best;
    }
    case 'or': {
      const list: Witness[] = [];
      let score = 0;
      for (const child of node.children) {
        const found = witnessesOf(child, choice);
        if (found === null) return null;
        for (const witness of found.list) list.push(witness);
        score += found.score;
      }
      return { list, score };
    }
    case 'leaf':
      return choice.skips(node) ? null : priced(testWitnesses(node.test, node.field), choice);
    case 'keyword':
      return priced(testWitnesses(node.test, 'keywords'), choice);
  }
}

/** All witnesses that any choice could take. */
export function* everyWitness(node: Node): Generator<Witness> {
  if (node.kind === 'leaf') yield* testWitnesses(node.test, node.field) ?? [];
  else if (node.kind === 'keyword') yield* testWitnesses(node.test, 'keywords') ?? [];
  else if (node.kind !== 'not') for (const child of node.children) yield* everyWitness(child);
}

/** Whether any one of a node's witnesses is proof of it: alternatives of texts that are what the index looks for. */
export function isProof(node: Node): boolean {
  if (node.kind === 'or') return node.children.every(isProof);
  if (node.kind !== 'leaf' && node.kind !== 'keyword') return false;
  const { test } = node;
  if (test.op === 'contains') return !test.cased && test.value.length >= 2;
  return (test.op === 'equals' || test.op === 'startswith') && !test.cased && test.value !== '';
}

function priced(list: Witness[] | null, choice: WitnessChoice): Witnesses | null {
  if (list === null) return null;
  let score = 0;
  for (const witness of list) {
    const uses = choice.uses(witness);
    const share = shareOf(witness);
    score += uses > 1 ? Math.min(0.9, share * uses ** 0.75) : share;
  }
  return { list, score };
}

/** Columns that only tell kinds of events apart: an exact value of another field says more. */
const coarse = new Set(['event_type', 'format', 'program', 'outcome', 'source_type', 'protocol', 'severity', 'host']);
const long = new Set(['raw', 'message']);

/** A guess at the share of events that have a witness: the longer a literal, the rarer it is. */
function shareOf(witness: Witness): number {
  const { field } = witness;
  switch (witness.kind) {
    case 'present':
      return 0.95;
    case 'exact':
      return field !== 'keywords' && coarse.has(field.path) ? 0.02 : 0.004;
    case 'prefix':
      return Math.max(0.1, 0.5 * 0.8 ** witness.value.length);
    case 'literal': {
      const share = Math.max(0.002, 0.4 * 0.6 ** (witness.value.length - 2));
      return field === 'keywords' || long.has(field.path) ? Math.min(0.9, share * 3) : share;
    }
  }
}

function testWitnesses(test: Test, field: Field | 'keywords'): Witness[] | null {
  switch (test.op) {
    case 'equals':
      return [{ kind: 'exact', field, value: fold(test.value) }];
    case 'startswith':
      if (test.value === '') return present(field);
      return [{ kind: 'prefix', field, value: fold(test.value) }];
    case 'contains':
    case 'endswith':
      return literals([test.value], field);
    case 'glob': {
      const longest = test.tokens.reduce<string>(
        (best, t) => (typeof t === 'string' && t.length > best.length ? t : best),
        '',
      );
      return literals([longest], field);
    }
    case 'regex': {
      const found = literalsOfRegex(test.source, test.flags);
      if (found !== null) return literals(found, field);
      return test.missing === 'empty' ? null : present(field);
    }
    case 'exists':
      return test.value && (field === 'keywords' || !nullIsValue(field)) ? present(field) : null;
    case 'null':
      return null;
    default:
      return present(field);
  }
}

function literals(values: readonly string[], field: Field | 'keywords'): Witness[] {
  if (values.some((value) => value.length < 2)) return present(field);
  return values.map((value) => ({ kind: 'literal', field, value: fold(value) }));
}

const present = (field: Field | 'keywords'): Witness[] => [{ kind: 'present', field }];
