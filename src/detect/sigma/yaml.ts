import { type Document, isMap, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import { RuleError } from '../form.ts';

export type Yaml = string | number | boolean | null | Yaml[] | { [key: string]: Yaml };
export type YamlMap = { [key: string]: Yaml };
export type Path = readonly (string | number)[];

/** One document of a rule file: its value, its own text and where each part of it stands. */
export interface YamlDocument {
  value: YamlMap;
  text: string;
  /** 1-based line and column of a path (the key of a map, the item of a list). */
  locate(path: Path): { line: number; column: number };
}

/** Longest rule file that is read, in UTF-16 units. */
const maxLength = 1024 * 1024;

export class YamlRefused extends Error {
  readonly line: number | null;
  readonly column: number | null;
  constructor(message: string, line: number | null, column: number | null) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/**
 * Reads a file of one or more YAML documents (1.2 core schema, no merge keys, no custom tags).
 * @param shape what each of them has to be, for the sentence about one that is not
 * @throws YamlRefused with line and column
 */
export function readYaml(
  text: string,
  shape = 'a rule must be a map of keys such as title, logsource and detection',
): YamlDocument[] {
  if (text.length > maxLength) throw new YamlRefused('the file is longer than 1 MiB; split it', null, null);
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const documents: YamlDocument[] = [];
  for (const document of 'empty' in parsed ? [] : parsed) {
    const fault = document.errors[0] ?? document.warnings[0];
    if (fault) {
      const at = lines.linePos(fault.pos[0]);
      throw new YamlRefused(`this is not valid YAML: ${fault.message}`, at.line, at.col);
    }
    const start = document.range?.[0] ?? 0;
    if (document.contents === null) continue;
    if (/\d{16}/.test(text)) keepLongNumbers(document);
    const at = lines.linePos(start);
    const value = plain(document, at);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw new YamlRefused(shape, at.line, at.col);
    }
    const end = document.range?.[2] ?? text.length;
    documents.push({ value, text: text.slice(start, end), locate: (path) => locate(document, path, lines) });
  }
  return documents;
}

/** A whole number that a double cannot hold stays the text that was written. */
function keepLongNumbers(document: Document.Parsed): void {
  visit(document, {
    Scalar(_, node) {
      const { value, source } = node;
      if (typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)) {
        node.value = source;
      }
    },
  });
}

function plain(document: Document.Parsed, at: { line: number; col: number }): Yaml {
  try {
    return document.toJS({ maxAliasCount: 100 }) as Yaml;
  } catch (error) {
    throw new YamlRefused(`this YAML is refused: ${error instanceof Error ? error.message : ''}`, at.line, at.col);
  }
}

function locate(document: Document.Parsed, path: Path, lines: LineCounter): { line: number; column: number } {
  let offset = document.contents?.range?.[0] ?? 0;
  let node: unknown = document.contents;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair) break;
      if (isScalar(pair.key) && pair.key.range) offset = pair.key.range[0];
      node = pair.value;
    } else {
      const item = (node as { items?: { range?: [number, number, number] }[] } | null)?.items?.[Number(step)];
      if (!item) break;
      if (item.range) offset = item.range[0];
      node = item;
    }
  }
  const at = lines.linePos(offset);
  return { line: at.line, column: at.col };
}

export const isYamlMap = (value: Yaml | undefined): value is YamlMap =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** A required or optional text; numbers are not taken for texts. */
export function textAt(map: YamlMap, key: string, path: Path = []): string | null {
  const value = map[key];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new RuleError([...path, key], `${key} must be a text`);
  return value;
}

/** A list of texts; a single text stands for a list of one. */
export function textListAt(map: YamlMap, key: string, path: Path = []): string[] {
  const value = map[key];
  if (value === undefined || value === null) return [];
  const list = Array.isArray(value) ? value : [value];
  return list.map((item, index) => {
    if (typeof item !== 'string') throw new RuleError([...path, key, index], `${key} must hold texts only`);
    return item;
  });
}
