import { readField } from './fields.ts';
import { type Comparison, comparisons, lex, type Token } from './lex.ts';
import { fieldTerm, type ValueForm } from './terms.ts';
import { type ParsedQuery, type Query, type QueryError, type QueryField, queryLimits, type Span } from './types.ts';
import { wildcardValue } from './wildcard.ts';

/**
 * Reads the query bar: `user:root src_ip:203.0.113.0/24 "Failed password" -host:web1 severity>=high`.
 * Blanks mean AND; OR binds weaker; NOT and a minus bind tightest. Never throws: what cannot be read is named with its place.
 */
export function parseQuery(text: string): ParsedQuery {
  if (text.length > queryLimits.length) {
    return refused(
      { from: queryLimits.length, to: text.length },
      `The query has ${text.length} characters and may have ${queryLimits.length}. Shorten it.`,
    );
  }
  const { tokens, errors } = lex(text);
  if (errors.length > 0) return { ok: false, errors };
  const parser = new Parser(tokens, text.length);
  const query = parser.whole();
  return parser.errors.length > 0 ? { ok: false, errors: parser.errors } : { ok: true, query };
}

const refused = (at: Span, message: string): ParsedQuery => ({ ok: false, errors: [{ at, message }] });

/** Thrown where reading on makes no sense; caught in {@link Parser.whole}. */
class Stop extends Error {}

/** The field that stands before `(…)`: values inside belong to it. */
interface Context {
  name: string;
  compare: Comparison | null;
}

class Parser {
  readonly errors: QueryError[] = [];
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #next = 0;
  #depth = 0;
  #terms = 0;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  whole(): Query {
    try {
      if (this.#tokens.length === 0) return { type: 'all', of: [] };
      const query = this.#any(null);
      const left = this.#peek();
      if (left !== undefined) {
        this.#fail(
          left,
          'This parenthesis closes nothing. Remove it, or put it in quotation marks to search for it: ")".',
        );
      }
      return query;
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      return { type: 'all', of: [] };
    }
  }

  #any(context: Context | null): Query {
    const parts = [this.#all(context)];
    for (;;) {
      const token = this.#peek();
      if (token?.kind === 'or') this.#next += 1;
      // Values of a field that only stand beside each other are alternatives: one event has one of them.
      else if (context === null || token === undefined || token.kind === 'close') break;
      parts.push(this.#all(context));
    }
    return joined('any', parts);
  }

  #all(context: Context | null): Query {
    const parts = [this.#not(context)];
    for (;;) {
      const token = this.#peek();
      if (token === undefined || token.kind === 'or' || token.kind === 'close') break;
      if (token.kind === 'and') this.#next += 1;
      else if (context !== null) break;
      parts.push(this.#not(context));
    }
    return joined('all', parts);
  }

  #not(context: Context | null): Query {
    const token = this.#peek();
    if (token?.kind !== 'not') return this.#primary(context);
    this.#next += 1;
    return this.#deeper(token, () => negated(this.#not(context)));
  }

  #primary(context: Context | null): Query {
    const token = this.#peek();
    const before = this.#tokens[this.#next - 1];
    if (token === undefined) return this.#missing(before, { from: Math.max(0, this.#end - 1), to: this.#end });
    if (token.kind === 'and' || token.kind === 'or' || token.kind === 'close') return this.#missing(before, token);
    this.#next += 1;
    switch (token.kind) {
      case 'open':
        return this.#group(token, context);
      case 'field':
        return this.#field(token, context);
      case 'word':
      case 'phrase':
        return this.#count(token, this.#value(token, context));
      case 'not':
        return this.#fail(token, 'Write what to leave out behind NOT.');
    }
  }

  /** Something had to stand at a place where there is nothing, or an operator. */
  #missing(before: Token | undefined, at: Token | Span): never {
    const found = 'kind' in at ? at.kind : 'end';
    if (before?.kind === 'open' && found === 'close') {
      this.#fail({ from: before.from, to: at.to }, 'Write something between the parentheses, or remove them.');
    }
    if (before?.kind === 'open' && found === 'end') {
      this.#fail(before, 'Close this parenthesis: put a ) at the end of the group.');
    }
    if (before?.kind === 'and' || before?.kind === 'or' || before?.kind === 'not') {
      const word = before.kind.toUpperCase();
      this.#fail(before, `Write a condition behind ${word}, or put the word in quotation marks to search for it.`);
    }
    const word = found.toUpperCase();
    this.#fail(at, `Write a condition before ${word}, or put the word in quotation marks to search for it.`);
  }

  #group(open: Token, context: Context | null): Query {
    return this.#deeper(open, () => {
      const query = this.#any(context);
      if (this.#peek()?.kind !== 'close') {
        this.#fail(open, 'Close this parenthesis: put a ) at the end of the group.');
      }
      this.#next += 1;
      return query;
    });
  }

  #field(token: Token & { kind: 'field' }, context: Context | null): Query {
    if (context !== null) {
      return this.#fail(
        token,
        `Only values of "${context.name}" can stand here. Put the text in quotation marks, or end the group before it.`,
      );
    }
    const value = this.#peek();
    const isTouching = value !== undefined && value.from === token.to;
    if (!isTouching || value.kind === 'close' || value.kind === 'field') {
      return this.#fail(
        token,
        `Write a value right behind "${token.name}${token.compare === null ? ':' : ''}", without a blank; ` +
          'or put the text in quotation marks to search for it.',
      );
    }
    this.#next += 1;
    const inside = { name: token.name, compare: token.compare };
    if (value.kind === 'open') return this.#group(value, inside);
    const span = { from: token.from, to: value.to };
    if (value.kind === 'word' || value.kind === 'phrase') return this.#count(span, this.#value(value, inside, span));
    // AND, OR or NOT as a value: `user:NOT`.
    return this.#count(span, this.#term(inside, { kind: 'word', parts: [value.kind.toUpperCase()] }, span));
  }

  #value(token: Token & { kind: 'word' | 'phrase' }, context: Context | null, at: Span = token): Query {
    const span = { from: at.from, to: at.to };
    if (context !== null) {
      if (token.kind === 'phrase') return this.#term(context, token, span);
      const { parts, sign } = token;
      const compare = context.compare ?? (sign === '' ? null : (comparisons[sign] as Comparison));
      const rest =
        context.compare === null && sign !== '' ? parts.with(0, (parts[0] as string).slice(sign.length)) : parts;
      return this.#term({ name: context.name, compare }, { kind: 'word', parts: rest }, span);
    }
    if (token.kind === 'phrase') {
      if (token.value !== '') return { type: 'text', value: token.value, phrase: true, at: span };
      return this.#fail(token, 'Write something between the quotation marks, or remove them.');
    }
    // Text is searched anywhere in the line: a wildcard at its ends says nothing.
    const parts = token.parts;
    const inner = parts.length === 1 ? parts : parts.filter((part) => part !== '');
    if (inner.length === 0) return { type: 'all', of: [] };
    if (inner.length === 1) return { type: 'text', value: inner[0] as string, phrase: false, at: span };
    return { type: 'field', field: 'raw', op: 'wildcard', value: wildcardValue(['', ...inner, '']), at: span };
  }

  #term(context: Context, form: ValueForm, at: Span): Query {
    const term = fieldTerm(readField(context.name), context.compare, form, at);
    if (typeof term !== 'string') return term;
    this.errors.push({ at, message: term });
    const nothing: QueryField = { type: 'field', field: 'raw', op: 'exists', value: '', at };
    return nothing;
  }

  #count(at: Span, query: Query): Query {
    this.#terms += 1;
    if (this.#terms > queryLimits.terms) {
      this.#fail(at, `The query has more than ${queryLimits.terms} conditions. Take some out.`);
    }
    return query;
  }

  #deeper<T>(at: Span, read: () => T): T {
    this.#depth += 1;
    if (this.#depth > queryLimits.depth) {
      this.#fail(at, `Groups are more than ${queryLimits.depth} deep here. Remove parentheses that change nothing.`);
    }
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #fail(at: Span, message: string): never {
    this.errors.push({ at: { from: at.from, to: at.to }, message });
    throw new Stop();
  }
}

/** A group without groups of its own kind inside; of one it is that one. */
export function joined(type: 'all' | 'any', parts: readonly Query[]): Query {
  const of = parts.flatMap((part) => (part.type === type ? part.of : [part]));
  return of.length === 1 ? (of[0] as Query) : { type, of };
}

export const negated = (query: Query): Query => (query.type === 'not' ? query.of : { type: 'not', of: query });
