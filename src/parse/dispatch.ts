import type { Event } from '../model/index.ts';
import type { Format, ParseContext } from './contract.ts';

/**
 * Which formats a line is offered to, found by program name or by first character instead of by asking all of them.
 * Built once from the registry; order within every list is the registry's.
 */
export interface Dispatch {
  /** In any case. */
  isProgram: (word: string) => boolean;
  /** Formats for a syslog message of this program. */
  framed: (program: string | null, lead: number) => readonly Format[];
  /** Formats for a line without a syslog header. */
  frameless: (lead: number) => readonly Format[];
}

/** First character as an index: what is not ASCII shares one. */
function leadIndex(code: number): number {
  return code >= 0 && code < 128 ? code : 0;
}

function takesLead(format: Format, code: number): boolean {
  const { leads } = format;
  if (leads === undefined) return true;
  if (code >= 48 && code <= 57 && leads.includes('9')) return true;
  if (code >= 65 && code <= 90 && leads.includes('A') && leads.includes('Z')) return true;
  if (code >= 97 && code <= 122 && leads.includes('a') && leads.includes('z')) return true;
  return leads.includes(String.fromCharCode(code));
}

/** `/usr/sbin/CRON` → `cron`; `sshd(pam_unix)` → `sshd`; `postfix/smtpd` → itself and `postfix`. */
function programKey(program: string): string {
  let key = program.toLowerCase();
  // systemd writes `(sshd)[1]: ` of a process that is not yet what it will be.
  if (key.charCodeAt(0) === 40 && key.endsWith(')')) key = key.slice(1, -1);
  const paren = key.indexOf('(');
  if (paren > 0) key = key.slice(0, paren);
  if (key.charCodeAt(0) === 47 || key.startsWith('./')) key = key.slice(key.lastIndexOf('/') + 1);
  return key;
}

const maximumRemembered = 2000;

export function buildDispatch(formats: readonly Format[]): Dispatch {
  const programs = new Set<string>();
  for (const format of formats) for (const program of format.programs ?? []) programs.add(program);

  const anyByLead: Format[][] = [];
  const framelessByLead: Format[][] = [];
  for (let code = 0; code < 128; code += 1) {
    anyByLead.push(formats.filter((format) => format.anyProgram === true && takesLead(format, code)));
    framelessByLead.push(formats.filter((format) => format.leads !== '' && takesLead(format, code)));
  }

  const byProgram = (key: string, code: number): readonly Format[] => {
    let family = key;
    if (!programs.has(family)) {
      const slash = family.indexOf('/');
      if (slash > 0) family = family.slice(0, slash);
      else {
        const dash = family.search(/[-_@.]/);
        if (dash > 0 && programs.has(family.slice(0, dash))) family = family.slice(0, dash);
      }
    }
    const others = anyByLead[code] ?? [];
    return formats.filter((format) => format.programs?.includes(family) === true || others.includes(format));
  };

  // Program names come from outside: what is remembered per name and first character is capped.
  const remembered = new Map<string, (readonly Format[] | undefined)[]>();

  const verdicts = new Map<string, boolean>();

  return {
    isProgram(word) {
      let known = verdicts.get(word);
      if (known === undefined) {
        if (verdicts.size >= maximumRemembered) verdicts.clear();
        known = programs.has(word.toLowerCase());
        verdicts.set(word, known);
      }
      return known;
    },
    framed(program, lead) {
      const index = leadIndex(lead);
      if (program === null) return framelessByLead[index] ?? [];
      let lists = remembered.get(program);
      if (lists === undefined) {
        if (remembered.size >= maximumRemembered) remembered.clear();
        lists = new Array(128);
        remembered.set(program, lists);
      }
      let list = lists[index];
      if (list === undefined) {
        list = byProgram(programKey(program), index);
        lists[index] = list;
      }
      return list;
    },
    frameless: (lead) => framelessByLead[leadIndex(lead)] ?? [],
  };
}

/** The first format that recognises the text. A hint goes first: it only matters where several would. */
export function recognise(
  candidates: readonly Format[],
  event: Event,
  text: string,
  context: ParseContext,
  hint: string | null,
): Format | null {
  if (hint !== null) {
    const hinted = candidates.find((format) => format.name === hint);
    if (hinted?.parse(event, text, context)) return hinted;
  }
  for (let i = 0; i < candidates.length; i += 1) {
    const format = candidates[i];
    if (format?.parse(event, text, context)) return format;
  }
  return null;
}
