import type { Event } from '../model/index.ts';
import { takeClient } from './sentence.ts';
import { judge } from './verdict.ts';

/**
 * Signs of injection in a statement that a database logged. Stricter than for web requests: a statement *is* SQL, so
 * only what programs do not write themselves counts: tautologies behind a closed quote, stacked comments, probing.
 */
const signs: readonly (readonly [string, RegExp])[] = [
  // `'' or 1=1`, `'x' OR 'a'='a'`: a comparison of a literal with itself behind OR.
  [
    'tautology',
    /\b(?:or|and)\s{1,20}\(*\s{0,20}(?:(\d{1,9})\s*(?:=|<=>|like)\s*\1\b|('[^']{0,20}'|"[^"]{0,20}")\s*(?:=|like)\s*\2|''\s*=\s*''|not\s+false|true\s*--)/i,
  ],
  ['tautology', /'\s{0,20}or\s{1,20}'{1,3}[^']{0,20}'{1,3}\s{0,20}=\s{0,20}'/i],
  [
    'union probe',
    /\bunion\s+(?:all\s+|distinct\s+)?select\s+(?:null|\d{1,4}|'[^']{0,20}'|@@\w+|version\s*\(|current_user|user\s*\(|database\s*\(|concat|char\s*\(|group_concat|0x)/i,
  ],
  [
    'union probe',
    /\bunion\s+(?:all\s+)?select\b.{0,200}\b(?:information_schema|pg_shadow|pg_user|mysql\.user|sys\.|pg_catalog|sysobjects|passw(?:or)?d|load_file)\b/is,
  ],
  ['comment cut', /'\s*(?:--\s*'?\s*$|#\s*'?\s*$|\/\*)/],
  ['stacked statement', /'\s*;\s*(?:drop|insert|update|delete|alter|create|exec|shutdown|declare|copy)\b/i],
  [
    'time probe',
    /\b(?:pg_sleep|sleep|benchmark|dbms_lock\.sleep|dbms_pipe\.receive_message)\s*\(|\bwaitfor\s+delay\b/i,
  ],
  [
    'program execution',
    /\bcopy\b.{0,500}\b(?:to|from)\s+program\b|\bxp_cmdshell\b|\bsys_(?:exec|eval)\s*\(|\blo_(?:export|import)\s*\(|\bpg_read_(?:binary_)?file\s*\(|\bpg_ls_dir\s*\(/is,
  ],
  [
    'file access',
    /\binto\s+(?:outfile|dumpfile)\b|\bload_file\s*\(|\bload\s+data\s+(?:local\s+)?infile\b.{0,40}\/etc\//i,
  ],
  ['error probe', /\b(?:extractvalue|updatexml)\s*\(|\border\s+by\s+\d{2,4}\s*(?:--|#)/i],
];

/** A second SELECT that is cut off by a comment: nobody writes that into a program. */
const unionCut = /\bunion\s{1,20}(?:all\s{1,20}|distinct\s{1,20})?select\b.{0,200}(?:--|#|\/\*)/i;
/** Names of the signs in a statement, each once; [] for an ordinary one. Only the first 8 KiB are looked at. */
export function injectionSigns(statement: string): string[] {
  const text = statement.length > 8192 ? statement.slice(0, 8192) : statement;
  const found: string[] = [];
  for (const [name, pattern] of signs) if (!found.includes(name) && pattern.test(text)) found.push(name);
  return found;
}

/** What an application or a proxy says of a statement in a sentence of its own: true where it shows signs of injection. */
export function readInjection(event: Event, sentence: string): boolean {
  const found = injectionSigns(sentence);
  if (unionCut.test(sentence) && !found.includes('union probe')) found.push('union probe');
  if (found.length === 0) return false;
  event.fields.attack = found;
  takeClient(event, sentence);
  return judge(event, 'sql.injection', 'unknown', 'high');
}
