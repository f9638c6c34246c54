export class AwkSyntaxError extends Error {}

export interface Token {
  kind: 'number' | 'string' | 'regex' | 'name' | 'function' | 'keyword' | 'operator' | 'newline' | 'end';
  text: string;
  line: number;
}

const keywords = new Set([
  'BEGIN',
  'END',
  'if',
  'else',
  'while',
  'for',
  'do',
  'break',
  'continue',
  'next',
  'nextfile',
  'exit',
  'return',
  'delete',
  'in',
  'getline',
  'print',
  'printf',
  'function',
  'func',
]);
const operators = [
  '**=',
  '&&',
  '||',
  '++',
  '--',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '^=',
  '==',
  '<=',
  '>=',
  '!=',
  '!~',
  '>>',
  '**',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ';',
  ',',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '!',
  '<',
  '>',
  '|',
  '?',
  ':',
  '~',
  '$',
  '=',
];
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  '/': '/',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const push = (kind: Token['kind'], value: string): void => void tokens.push({ kind, text: value, line });
  while (at < text.length) {
    const rest = text.slice(at, at + 4000);
    const next = rest[0] as string;
    if (next === '\n') {
      push('newline', '\n');
      line += 1;
      at += 1;
    } else if (/[ \t\r]/.test(next)) at += 1;
    else if (next === '\\' && rest[1] === '\n') {
      at += 2;
      line += 1;
    } else if (next === '#') at += (/^[^\n]*/.exec(rest)?.[0] ?? '').length;
    else if (next === '"') {
      let value = '';
      at += 1;
      while (text[at] !== '"') {
        if (at >= text.length || text[at] === '\n')
          throw new AwkSyntaxError(`line ${line}: runaway string constant "${value.slice(0, 10)} ...`);
        if (text[at] === '\\') {
          const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
          const escaped = text[at + 1] ?? '';
          value +=
            octal !== undefined
              ? String.fromCharCode(Number.parseInt(octal, 8) & 255)
              : (escapes[escaped] ?? `\\${escaped}`);
          at += 1 + (octal?.length ?? 1);
        } else value += text[at++];
      }
      at += 1;
      push('string', value);
    } else if (next === '/' && isRegexPlace(tokens.at(-1))) {
      const match = /^\/((?:[^/\\\n[]|\\.|\[\^?\]?(?:[^\]\\\n]|\\.)*\])*)\//.exec(text.slice(at, at + 4000));
      if (!match) throw new AwkSyntaxError(`line ${line}: runaway regular expression /${rest.slice(1, 10)} ...`);
      push('regex', match[1] as string);
      at += match[0].length;
    } else {
      const number = /^(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/.exec(rest)?.[0];
      const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0];
      const operator = operators.find((each) => rest.startsWith(each));
      if (number !== undefined) push('number', number);
      else if (name !== undefined)
        push(keywords.has(name) ? 'keyword' : rest[name.length] === '(' ? 'function' : 'name', name);
      else if (operator !== undefined) push('operator', operator);
      else throw new AwkSyntaxError(`line ${line}: syntax error at or near ${next}`);
      at += (number ?? name ?? operator ?? ' ').length;
    }
  }
  tokens.push({ kind: 'end', text: 'end of file', line: line + 1 });
  return tokens;
}

const isRegexPlace = (last: Token | undefined): boolean =>
  last === undefined ||
  !(
    last.kind === 'number' ||
    last.kind === 'string' ||
    last.kind === 'name' ||
    last.text === ')' ||
    last.text === ']' ||
    last.text === '$' ||
    last.text === '++' ||
    last.text === '--'
  );
