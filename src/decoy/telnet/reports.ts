import type { TerminalRecorder, Visit } from '../contract.ts';
import type { ShellEvent } from '../shell/types.ts';

const readable = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** Tells what somebody does in a shell: a line once, with the programs it ran. */
export function shellReports(visit: Visit, user: string, recorder: TerminalRecorder) {
  let line: { text: string; programs: string[]; unknown: string[] } | null = null;
  let last = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    if (line === null) return;
    const { text, programs, unknown } = line;
    line = null;
    visit.report({
      event_type: 'decoy.command',
      message: `${visit.address} ran: ${text.slice(0, 500)}`,
      user,
      fields: { command: text, mode: 'shell', programs, found: unknown.length === 0 },
    });
  };
  const report = (event: ShellEvent): void => {
    switch (event.type) {
      case 'input':
        flush();
        last = readable(event.line);
        if (last.trim() === '') return;
        line = { text: last, programs: [], unknown: [] };
        recorder.marker(last);
        timer = setTimeout(flush, 30);
        if (!visit.countCommand()) visit.end('too many commands');
        return;
      case 'command':
        if (line === null || line.programs.length >= 100) return;
        line.programs.push(readable(event.name));
        if (!event.isKnown) line.unknown.push(readable(event.name));
        return;
      case 'download':
        visit.report({
          event_type: 'decoy.download',
          message: `${readable(event.url)} was to be fetched with ${event.tool}. Nothing was.`,
          user,
          fields: { url: readable(event.url), tool: event.tool, command: last },
        });
        return;
      case 'connect':
        visit.report({
          event_type: 'decoy.forward',
          message: `${readable(event.host)} was to be reached with ${event.tool}. Nothing was connected.`,
          outcome: 'denied',
          user,
          fields: { kind: event.tool, dst_host: readable(event.host), dst_port: event.port, command: last },
        });
        return;
      case 'file': {
        if (event.content.length === 0) return;
        const upload = visit.upload(readable(event.path), 'shell');
        upload.write(event.content);
        upload.end({ tool: event.tool });
        return;
      }
      case 'credential':
        visit.report({
          event_type: 'decoy.command',
          message: `A password was typed into ${event.tool}`,
          user,
          fields: {
            command: last,
            tool: event.tool,
            target_user: readable(event.user),
            password: readable(event.password),
          },
        });
        return;
      case 'cap':
        visit.describe({ [`cap_${event.cap}`]: true });
    }
  };
  visit.signal.addEventListener('abort', flush, { once: true });
  return { report, flush };
}
