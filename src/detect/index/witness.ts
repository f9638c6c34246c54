import type { Field, Node, Test } from '../form.ts';
import { compileRegex } from '../regex/regex.ts';
import { fold } from './field.ts';

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
  /** Price and unspecificity; lower is better. */
  score: number;
}

/** The best witnesses of a node, or null where it can match on what an event lacks. */
export function witnessesOf(node: Node): Witnesses | null {
  switch (node.kind) {
    case 'not':
      return null;
    case 'and': {
      let best: Witnesses | null = null;
      for (const child of node.children) {
        const found = witnessesOf(child);
        if (found !== null && (best === null || found.score < best.score)) best = found;
      }
      return best;
    }
    case 'or': {
      const list: Witness[] = [];
      let score = 0;
      for (const child of node.children) {
        const found = witnessesOf(child);
        if (found === null) return null;
        list.push(...found.list);
        score = Math.max(score, found.score);
      }
      return { list, score: score + 0.05 * (node.children.length - 1) };
    }
    case 'leaf':
      return testWitnesses(node.test, node.field);
    case 'keyword':
      return testWitnesses(node.test, 'keywords');
  }
}

/** Columns that only tell kinds of events apart: an exact value of another field says more. */
const coarse = new Set(['event_type', 'format', 'program', 'outcome', 'source_type', 'protocol', 'severity', 'host']);

function testWitnesses(test: Test, field: Field | 'keywords'): Witnesses | null {
  switch (test.op) {
    case 'equals': {
      const price = field !== 'keywords' && coarse.has(field.path) ? 2 : 1;
      return { list: [{ kind: 'exact', field, value: fold(test.value) }], score: price };
    }
    case 'startswith':
      if (test.value === '') return present(field);
      return { list: [{ kind: 'prefix', field, value: fold(test.value) }], score: 2 };
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
      const { literals: found } = compileRegex(test.source, test.flags);
      if (found !== null) return literals(found, field);
      return test.missing === 'empty' ? null : present(field);
    }
    case 'exists':
      return test.value ? present(field) : null;
    case 'null':
      return null;
    default:
      return present(field);
  }
}

function literals(values: readonly string[], field: Field | 'keywords'): Witnesses {
  if (values.some((value) => value.length < 2)) return present(field);
  const list = values.map((value): Witness => ({ kind: 'literal', field, value: fold(value) }));
  const long = field === 'keywords' || field.path === 'raw' || field.path === 'message';
  return { list, score: (long ? 10 : 5) + 0.05 * values.length };
}

const present = (field: Field | 'keywords'): Witnesses => ({ list: [{ kind: 'present', field }], score: 20 });
