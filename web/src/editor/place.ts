/** Where in a rule's YAML the cursor stands. */
export interface Place {
  /** Keys above what is being typed, outermost first; `-` is an item of a list. For a value its own key comes last. */
  path: string[];
  kind: 'key' | 'value';
  /** What stands between the start of the word and the cursor. */
  typed: string;
  /** Offset at which the word starts. */
  from: number;
  /** A value inside `[ ]` or `{ }`, where commas and brackets end it. */
  flow: boolean;
}

interface Part {
  column: number;
  /** Null: a dash. */
  key: string | null;
  /** What stands after the colon. */
  rest: string;
  restAt: number;
}

const keyPattern =
  /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"[\]{},-][^#]*?|-[^\s#][^#]*?|[^\s#'"[\]{},]*?)\s*:(?=\s|$)/;

const unquoted = (text: string): string =>
  /^'.*'$/s.test(text) ? text.slice(1, -1).replaceAll("''", "'") : /^".*"$/s.test(text) ? text.slice(1, -1) : text;

/** The dashes and the key with which a line begins. */
function partsOf(line: string): { parts: Part[]; contentAt: number } {
  const parts: Part[] = [];
  let at = line.length - line.trimStart().length;
  for (;;) {
    const dash = /^-(\s+|$)/.exec(line.slice(at));
    if (!dash) break;
    parts.push({ column: at, key: null, rest: '', restAt: at });
    at += dash[0].length;
  }
  const key = keyPattern.exec(line.slice(at));
  if (key) {
    const restAt = at + key[0].length;
    parts.push({ column: at, key: unquoted((key[1] ?? '').trim()), rest: line.slice(restAt).trim(), restAt });
  }
  return { parts, contentAt: at };
}

const isBlank = (line: string): boolean => /^\s*(#|$)/.test(line);
const isBorder = (line: string): boolean => /^(---|\.\.\.)(\s|$)/.test(line);

/** The document around a line: the numbers of its first line and of the one after its last. */
function documentAround(lines: readonly string[], line: number): [start: number, end: number] {
  let start = line;
  while (start > 0 && !isBorder(lines[start - 1] ?? '')) start -= 1;
  let end = line;
  while (end < lines.length && !(end > line && isBorder(lines[end] ?? ''))) end += 1;
  return [start, end];
}

/** Keys above a column, by indentation; null inside a text block (`|`, `>`). */
function ancestors(lines: readonly string[], line: number, column: number, own: readonly Part[]): string[] | null {
  const path: string[] = [];
  let below = column;
  let dashes = false;
  for (const part of [...own].reverse()) {
    if (part.key !== null || part.column >= below) continue;
    path.unshift('-');
    below = part.column;
    dashes = true;
  }
  const [start] = documentAround(lines, line);
  for (let at = line - 1; at >= start && (below > 0 || dashes); at -= 1) {
    const text = lines[at] ?? '';
    if (isBlank(text) || isBorder(text)) continue;
    for (const part of [...partsOf(text).parts].reverse()) {
      // A list may stand in the column of the key that it belongs to.
      if (part.column > below || (part.column === below && !(dashes && part.key !== null))) continue;
      if (part.key === null) {
        path.unshift('-');
        dashes = true;
      } else {
        if (/^[|>][-+0-9]*$/.test(part.rest)) return null;
        if (part.rest !== '' && !part.rest.startsWith('#') && !part.rest.startsWith('&')) continue;
        path.unshift(part.key);
        dashes = false;
      }
      below = part.column;
    }
  }
  return path;
}

/** What is open in a flow collection: its path, and where the word under the cursor begins. */
function inFlow(text: string, path: readonly string[]): Omit<Place, 'from' | 'typed'> & { start: number } {
  const stack: { open: '[' | '{'; key: string | null }[] = [];
  let start = 0;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] as string;
    if (quote) {
      if (letter === quote) quote = '';
      continue;
    }
    const top = stack.at(-1);
    if ((letter === '"' || letter === "'") && text.slice(start, at).trim() === '') quote = letter;
    else if (letter === '[' || letter === '{') {
      stack.push({ open: letter, key: null });
      start = at + 1;
    } else if ((letter === ']' || letter === '}') && top) {
      stack.pop();
      start = at + 1;
    } else if (letter === ',' && top) {
      top.key = null;
      start = at + 1;
    } else if (letter === ':' && top?.open === '{' && /^\s|^$/.test(text.slice(at + 1))) {
      top.key = unquoted(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const whole = [...path];
  for (const level of stack) {
    if (level.open === '[') whole.push('-');
    else if (level.key !== null) whole.push(level.key);
  }
  const top = stack.at(-1);
  while (start < text.length && /\s/.test(text[start] as string)) start += 1;
  const isKey = top?.open === '{' && top.key === null;
  return { path: whole, kind: isKey ? 'key' : 'value', flow: top !== undefined, start };
}

/**
 * Where the cursor stands, by indentation: it works while the text is half written, where a parser gives up.
 *
 * @param offset of the cursor in UTF-16 units.
 * @returns null in comments, text blocks and on the line between documents.
 */
export function placeAt(text: string, offset: number): Place | null {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lines = text.split('\n');
  const number = text.slice(0, lineStart).split('\n').length - 1;
  const before = text.slice(lineStart, offset);
  const whole = lines[number] ?? '';
  if (/^\s*#|\s#/.test(before) || isBorder(whole)) return null;
  const { parts, contentAt } = partsOf(before);
  const column = isBlank(before) ? before.length : contentAt;
  const above = ancestors(lines, number, column, parts);
  if (above === null) return null;
  const key = parts.at(-1)?.key ?? null;
  if (key !== null) {
    const part = parts.at(-1) as Part;
    const rest = before.slice(part.restAt);
    if (/^\s*[|>][-+0-9]*\s*$/.test(rest)) return null;
    const { start, ...flow } = inFlow(rest, [...above, key]);
    return { ...flow, typed: rest.slice(start), from: lineStart + part.restAt + start };
  }
  const rest = before.slice(column);
  if (/^[[{]/.test(rest)) {
    const { start, ...flow } = inFlow(rest, above);
    return { ...flow, typed: rest.slice(start), from: lineStart + column + start };
  }
  return { path: above, kind: 'key', typed: rest, from: lineStart + column, flow: false };
}

/** Keys that the map around a line has already, the line itself left out. */
export function siblingKeys(text: string, offset: number): string[] {
  const lines = text.split('\n');
  const number = text.slice(0, offset).split('\n').length - 1;
  const place = placeAt(text, offset);
  if (!place || place.flow) return [];
  const column = place.from - (text.lastIndexOf('\n', offset - 1) + 1);
  const [start, end] = documentAround(lines, number);
  const found: string[] = [];
  const look = (from: number, step: 1 | -1) => {
    for (let at = from; at >= start && at < end; at += step) {
      const line = lines[at] ?? '';
      if (isBlank(line) || isBorder(line)) continue;
      const { parts } = partsOf(line);
      const own = parts.find((part) => part.key !== null && part.column === column);
      // A dash left of the keys begins (or ends) the map that they are in.
      const border = parts.find((part) => part.column < column);
      if (border && step === 1) return;
      if (own?.key) found.push(own.key);
      if (border) return;
    }
  };
  const ownDash = partsOf(lines[number] ?? '').parts.some((part) => part.key === null);
  if (!ownDash) look(number - 1, -1);
  look(number + 1, 1);
  return found;
}

/** Names of the selections of the document around a line. */
export function selectionNames(text: string, offset: number): string[] {
  const lines = text.split('\n');
  const [start, end] = documentAround(lines, text.slice(0, offset).split('\n').length - 1);
  const names: string[] = [];
  let inside = false;
  let column = 0;
  for (let at = start; at < end; at += 1) {
    const line = lines[at] ?? '';
    if (isBlank(line)) continue;
    const part = partsOf(line).parts.find(({ key }) => key !== null);
    const indent = line.length - line.trimStart().length;
    if (indent === 0) {
      inside = part?.key === 'detection';
      column = 0;
    } else if (inside && part?.key && part.key !== 'condition') {
      if (column === 0) column = part.column;
      if (part.column === column) names.push(part.key);
    }
  }
  return names;
}

/** `name` and `id` of every document of the file: what a correlation may refer to. */
export function ruleNames(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const found = /^(name|id)\s*:\s+(\S.*)$/.exec(line);
    return found?.[2] ? [unquoted(found[2].trim())] : [];
  });
}
