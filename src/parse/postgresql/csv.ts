/**
 * The first columns of PostgreSQL's CSV log (`log_destination = csvlog`, section 20.8.4 of its manual):
 * log_time, user, database, pid, `host:port`, session, line, tag, session start, two transaction ids, severity, state,
 * message.
 */
export interface CsvRow {
  user: string;
  database: string;
  pid: number;
  client: string;
  severity: string;
  state: string;
  message: string;
}

const columns = 14;

/** Reads a row from behind its time. Null where the text is none. Linear in the length of the text. */
export function readCsv(text: string, from: number): CsvRow | null {
  const values: string[] = [];
  let at = from;
  while (values.length < columns && at < text.length) {
    if (text.charCodeAt(at) !== 44) return null;
    at += 1;
    if (text.charCodeAt(at) === 34) {
      let value = '';
      at += 1;
      for (;;) {
        const end = text.indexOf('"', at);
        if (end < 0) return null;
        value += text.slice(at, end);
        at = end + 1;
        if (text.charCodeAt(at) !== 34) break;
        value += '"';
        at += 1;
      }
      values.push(value);
    } else {
      let end = text.indexOf(',', at);
      if (end < 0) end = text.length;
      values.push(text.slice(at, end));
      at = end;
    }
    if (values.length === 3 && !/^\d{1,10}$/.test(values[2] ?? '')) return null;
  }
  const [user, database, pid, client, , , , , , , severity, state, message] = values;
  if (severity === undefined || message === undefined || !/^[A-Z]{3,9}\d?$/.test(severity)) return null;
  return {
    user: user ?? '',
    database: database ?? '',
    pid: Number(pid),
    client: client ?? '',
    severity,
    state: state ?? '',
    message,
  };
}
