import type { Log } from '../serve/contract.ts';

/**
 * The log on standard output: lines for people, or JSON objects for collectors. A tag in front of a message ([SECURITY],
 * [RATE_LIMIT], [SYSLOG]) becomes `topic`.
 */
export function createLog(
  write: (line: string) => void,
  format: 'text' | 'json',
  now: () => number,
): { log: Log; print: (line: string) => void } {
  if (format === 'text') {
    return {
      log: (level, message) => write(level === 'info' ? message : `[${level.toUpperCase()}] ${message}`),
      print: write,
    };
  }
  const log: Log = (level, text) => {
    const found = /^\[([A-Z_]+)\] /.exec(text);
    const message = found === null ? text : text.slice(found[0].length);
    const topic = found?.[1]?.toLowerCase();
    write(
      JSON.stringify({
        time: new Date(now()).toISOString(),
        level,
        ...(topic && { topic }),
        message: message.toWellFormed(),
      }),
    );
  };
  return { log, print: (line) => log('info', line.trim()) };
}
