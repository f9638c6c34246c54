import type { Event } from '../../model/index.ts';
import { defineFormat } from '../contract.ts';
import { loginVerdict, takeClient, userOf } from '../sentence.ts';
import { readInjection } from '../sql-injection.ts';
import { judge, loginSeverity } from '../verdict.ts';

/** Longest part of a text that is looked at. */
const maximumText = 1500;

/** Databases by the names that people write, and the port that each has where a line names none. */
const products: readonly (readonly [RegExp, string, number])[] = [
  [/\b(?:mysqld?|mariadbd?)\b/i, 'mysql', 3306],
  [/\b(?:postgres(?:ql)?|pgsql)\b/i, 'postgresql', 5432],
  [/\b(?:mssql|sql ?server)\b/i, 'mssql', 1433],
];
/** A part of every pattern above, and of the ports below, in one look. */
const anySign = /sql|maria|postgres|1433|3306|5432/i;

const connecting = /\b(?:log-?\s?in|log-?on|connect(?:ion|ed|ing)?|session)\b/i;
/** Trouble of a program with its own database. */
const trouble = /\b(?:fail(?:ed|ure|s)?|unable|cannot|can't|could not|error|time(?:d )?out|lost|gone away)\b/i;
const probe = /\b(?:prob(?:e|es|ed|ing)|scan(?:s|ned|ning)?)\b.{0,40}\b(1433|3306|5432)\b/i;

/**
 * What any program says of a database in a sentence: attacks, refused logins, connections of clients, probes of its port.
 * Stands behind the databases' own formats, and before the general one, which it takes nothing from: a sentence that says
 * none of that is left to it.
 */
export const sql = defineFormat({
  name: 'sql',
  description:
    'Sentences about a database in any log: signs of injection, refused logins, connections, probes of its port.',
  anyProgram: true,
  parse(event, text) {
    const line = text.length > maximumText ? text.slice(0, maximumText) : text;
    if (!anySign.test(line)) return false;
    const product = products.find(([pattern]) => pattern.test(line));
    if (product === undefined) {
      const port = probe.exec(line)?.[1];
      if (port === undefined || !takeClient(event, text)) return false;
      event.format = 'sql';
      event.dst_port = Number(port);
      return judge(event, 'net.connection', 'unknown', 'low');
    }
    const [, name, port] = product;
    if (!readSentence(event, text, line)) return false;
    event.format = 'sql';
    event.fields.database_product = name;
    event.dst_port ??= port;
    return true;
  },
});

function readSentence(event: Event, text: string, line: string): boolean {
  if (readInjection(event, line)) return true;
  if (loginVerdict(line) === 'failure') {
    event.user = userOf(line);
    takeClient(event, text);
    return judge(event, 'sql.auth_failure', 'failure', loginSeverity(event.user));
  }
  if (!connecting.test(line) || trouble.test(line) || !takeClient(event, text)) return false;
  return judge(event, 'sql.connection', 'unknown', 'info');
}
