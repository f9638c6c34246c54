import { describe, expect, it } from 'vitest';
import { type Event, newEvent, type SourceInfo } from '../../model/index.ts';
import { createSessions } from './enrichment.ts';

const origin: SourceInfo = { source: 'file_pg.log', source_type: 'file', peer: null, hint: null, identity: '' };

function line(message: string, change: Partial<Event> = {}): Event {
  return { ...newEvent(origin, 0, message), format: 'postgresql', pid: 4711, tags: [], ...change };
}
const received = (ip: string | null, change: Partial<Event> = {}): Event =>
  line('LOG:  connection received: host=…', { src_ip: ip, src_port: ip === null ? null : 50_000, ...change });
const refused = (change: Partial<Event> = {}): Event => line('FATAL:  password authentication failed', change);

/** The addresses after all events went through one enrichment. */
function addresses(...events: Event[]): (string | null)[] {
  const sessions = createSessions();
  for (const event of events) sessions.apply(event);
  return events.map((event) => event.src_ip);
}

describe('session', () => {
  it('gives later lines of a process the address of its client', () => {
    const later = refused();
    expect(addresses(received('192.0.2.7'), later)).toEqual(['192.0.2.7', '192.0.2.7']);
    expect(later).toMatchObject({ src_port: 50_000, tags: ['src_from_session'] });
  });

  it('keeps processes, hosts, sources and formats apart', () => {
    const others = [
      refused({ pid: 4712 }),
      refused({ host: 'db2' }),
      refused({ source: 'file_other.log' }),
      refused({ format: 'mysql' }),
      refused({ pid: null }),
    ];
    expect(addresses(received('192.0.2.7'), ...others).slice(1)).toEqual([null, null, null, null, null]);
  });

  it('forgets at the end of the connection, at a new one without an address, and after an hour of silence', () => {
    const end = line('LOG:  disconnection: session time: 0:00:01');
    expect(addresses(received('192.0.2.7'), end, refused())).toEqual(['192.0.2.7', '192.0.2.7', null]);
    expect(addresses(received('192.0.2.7'), received(null), refused())).toEqual(['192.0.2.7', null, null]);
    expect(addresses(received('192.0.2.7'), refused({ time: 3_600_001 }))).toEqual(['192.0.2.7', null]);
  });

  it('remembers ten thousand processes and forgets the one that was silent longest', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => received('192.0.2.9', { pid: 10_000 + i }));
    const [, ...rest] = addresses(received('192.0.2.7'), received('192.0.2.8', { pid: 4712 }), ...many, refused());
    expect(rest.at(-1)).toBeNull();
    expect(addresses(received('192.0.2.7'), ...many.slice(1), refused()).at(-1)).toBe('192.0.2.7');
  });
});
